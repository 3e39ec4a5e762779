; Special patterns first: the first pattern that matches a node decides.

(function_declaration
  name: (identifier) @name
  body: (block)? @body) @definition.function

(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @container
        (generic_type type: (type_identifier) @container)
        (pointer_type (type_identifier) @container)
        (pointer_type (generic_type type: (type_identifier) @container))
      ]))
  name: (field_identifier) @name
  body: (block)? @body) @definition.method

(type_spec
  name: (type_identifier) @name
  type: (struct_type (field_declaration_list) @body)) @definition.struct

(type_spec
  name: (type_identifier) @name
  type: (interface_type)) @definition.interface

(type_spec name: (type_identifier) @name) @definition.typeParameter

(type_alias name: (type_identifier) @name) @definition.typeParameter

(type_spec
  type: (interface_type (method_elem name: (field_identifier) @name) @definition.method))

; Fields of named types, also those of structs in them; not of structs that are only written in an expression.
(type_spec
  type: (struct_type
    (field_declaration_list
      (field_declaration name: (field_identifier) @name) @definition.field)))

(field_declaration
  type: (struct_type
    (field_declaration_list
      (field_declaration name: (field_identifier) @name) @definition.field)))

(source_file
  (const_declaration
    (const_spec name: (identifier) @name) @definition.constant)
  (#not-eq? @name "_"))

(source_file
  (var_declaration [
    (var_spec name: (identifier) @name) @definition.variable
    (var_spec_list (var_spec name: (identifier) @name) @definition.variable)
  ])
  (#not-eq? @name "_"))
