; Routines.
(proc_declaration name: [(identifier) @name (accent_quoted) @name (exported_symbol (_) @name)] body: (_)? @body) @definition.function
(func_declaration name: [(identifier) @name (accent_quoted) @name (exported_symbol (_) @name)] body: (_)? @body) @definition.function
(method_declaration name: [(identifier) @name (accent_quoted) @name (exported_symbol (_) @name)] body: (_)? @body) @definition.method
(iterator_declaration name: [(identifier) @name (accent_quoted) @name (exported_symbol (_) @name)] body: (_)? @body) @definition.function
(template_declaration name: [(identifier) @name (accent_quoted) @name (exported_symbol (_) @name)] body: (_)? @body) @definition.function
(macro_declaration name: [(identifier) @name (accent_quoted) @name (exported_symbol (_) @name)] body: (_)? @body) @definition.function
(converter_declaration name: [(identifier) @name (accent_quoted) @name (exported_symbol (_) @name)] body: (_)? @body) @definition.function

; Types.
(type_declaration
  (type_symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)])
  (enum_declaration)) @definition.enum

(type_declaration
  (type_symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)])
  (object_declaration)) @definition.struct

(type_declaration
  (type_symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)])
  (ref_type (object_declaration))) @definition.class

(type_declaration
  (type_symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)])) @definition.typeParameter

(enum_field_declaration
  (symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)])) @definition.enumMember

(field_declaration
  (symbol_declaration_list
    (symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)]))) @definition.field

; Values of the module.
(source_file
  (const_section
    (variable_declaration
      (symbol_declaration_list
        (symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)]))) @definition.constant))

(source_file
  [
    (let_section
      (variable_declaration
        (symbol_declaration_list
          (symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)]))) @definition.variable)
    (var_section
      (variable_declaration
        (symbol_declaration_list
          (symbol_declaration name: [(identifier) @name (exported_symbol (_) @name)]))) @definition.variable)
  ])
