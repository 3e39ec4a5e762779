(package_declaration (package_identifier) @name) @definition.package
(module_declaration (module_header (simple_identifier) @name)) @definition.module
(interface_declaration (interface_ansi_header (interface_identifier) @name)) @definition.interface
(program_declaration (program_ansi_header (program_identifier) @name)) @definition.module
(class_declaration . (class_identifier) @name) @definition.class

(class_constructor_declaration "new" @name) @definition.constructor
(function_declaration (function_body_declaration (function_identifier) @name)) @definition.function
(task_declaration (task_body_declaration (task_identifier) @name)) @definition.function

(type_declaration (simple_identifier) @name .) @definition.typeParameter
(enum_name_declaration . (_) @name) @definition.enumMember

(text_macro_definition (text_macro_name (text_macro_identifier) @name)) @definition.constant
(param_assignment (parameter_identifier) @name) @definition.constant
(class_property (data_declaration (list_of_variable_decl_assignments (variable_decl_assignment . (_) @name)))) @definition.field
