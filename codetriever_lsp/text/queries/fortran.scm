(module (module_statement (name) @name)) @definition.module
(submodule (submodule_statement (name) @name)) @definition.module
(program (program_statement (name) @name)) @definition.module

(derived_type_definition
  (derived_type_statement (type_name) @name)) @definition.struct

(derived_type_definition
  (variable_declaration
    declarator: [
      (identifier) @name
      (sized_declarator (identifier) @name)
      (init_declarator left: (identifier) @name)
    ]) @definition.field)

(interface (interface_statement (name) @name)) @definition.interface

(function (function_statement name: (name) @name)) @definition.function
(subroutine (subroutine_statement name: (name) @name)) @definition.function
(module_procedure (module_procedure_statement name: (name) @name)) @definition.function

; Parameters and variables of a module.
((module
  (variable_declaration
    attribute: (type_qualifier) @_qualifier
    declarator: (init_declarator left: (identifier) @name)) @definition.constant)
  (#match? @_qualifier "^(?i:parameter)$"))

(module
  (variable_declaration
    declarator: [
      (identifier) @name
      (sized_declarator (identifier) @name)
      (init_declarator left: (identifier) @name)
    ]) @definition.variable)
