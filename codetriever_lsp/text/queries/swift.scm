; Special patterns first: the first pattern that matches a node decides.

; An extension only names a container.
(class_declaration
  declaration_kind: "extension"
  name: (_) @scope.name) @scope

(class_declaration
  declaration_kind: "enum"
  name: (type_identifier) @name
  body: (_) @body) @definition.enum

(class_declaration
  declaration_kind: "struct"
  name: (type_identifier) @name
  body: (_) @body) @definition.struct

(class_declaration
  declaration_kind: ["class" "actor"]
  name: (type_identifier) @name
  body: (_) @body) @definition.class

(protocol_declaration
  name: (type_identifier) @name
  body: (protocol_body) @body) @definition.interface

(enum_entry name: (simple_identifier) @name) @definition.enumMember

(init_declaration
  name: "init" @name
  body: (function_body)? @body) @definition.constructor

(deinit_declaration
  "deinit" @name
  body: (function_body) @body) @definition.method

(subscript_declaration
  "subscript" @name
  (computed_property) @body) @definition.method

(function_declaration
  name: (simple_identifier) @name
  body: (function_body)? @body) @definition.function

; `static func == (…)`
(function_declaration
  "func"
  .
  name: _ @name
  body: (function_body)? @body) @definition.operator

(protocol_function_declaration
  name: (simple_identifier) @name) @definition.method

(protocol_function_declaration
  "func"
  .
  name: _ @name) @definition.operator

(protocol_property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property

(typealias_declaration . name: (type_identifier) @name) @definition.typeParameter

(typealias_declaration "typealias" . name: (type_identifier) @name) @definition.typeParameter

(associatedtype_declaration name: (type_identifier) @name) @definition.typeParameter

(operator_declaration (custom_operator) @name) @definition.operator

(macro_declaration (simple_identifier) @name) @definition.function

; Properties of types, variables and constants of the file.
([
  (class_body
    (property_declaration
      name: (pattern bound_identifier: (simple_identifier) @name)
      computed_value: (computed_property)? @body) @definition.property)
  (enum_class_body
    (property_declaration
      name: (pattern bound_identifier: (simple_identifier) @name)
      computed_value: (computed_property)? @body) @definition.property)
])

((source_file
  (property_declaration
    (value_binding_pattern) @_binding
    name: (pattern bound_identifier: (simple_identifier) @name)) @definition.constant)
  (#eq? @_binding "let"))

(source_file
  (property_declaration
    name: (pattern bound_identifier: (simple_identifier) @name)
    computed_value: (computed_property)? @body) @definition.variable)
