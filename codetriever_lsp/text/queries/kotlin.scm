; Special patterns first: the first pattern that matches a node decides.

(class_declaration
  "enum"
  (type_identifier) @name
  (enum_class_body)? @body) @definition.enum

(class_declaration
  "interface"
  (type_identifier) @name
  (class_body)? @body) @definition.interface

(class_declaration
  "class"
  (type_identifier) @name
  (class_body)? @body) @definition.class

(object_declaration
  (type_identifier) @name
  (class_body)? @body) @definition.object

; The members of a companion without a name are those of its class.
(companion_object
  (type_identifier) @name
  (class_body)? @body) @definition.object

(enum_entry
  (simple_identifier) @name
  (class_body)? @body) @definition.enumMember

(secondary_constructor
  "constructor" @name
  (statements)? @body) @definition.constructor

(function_declaration
  receiver: (receiver_type [
    (user_type (type_identifier) @container)
    (nullable_type (user_type (type_identifier) @container))
  ])
  (simple_identifier) @name
  (function_body)? @body) @definition.function

(function_declaration
  (simple_identifier) @name
  (function_body)? @body) @definition.function

(type_alias . (type_identifier) @name) @definition.typeParameter

(type_alias "typealias" . (type_identifier) @name) @definition.typeParameter

; Properties, also those that the constructor declares.
(class_parameter
  (binding_pattern_kind)
  (simple_identifier) @name) @definition.property

((property_declaration
  (modifiers (property_modifier) @_modifier)
  (variable_declaration . (simple_identifier) @name)) @definition.constant
  (#eq? @_modifier "const"))

([
  (source_file
    (property_declaration
      receiver: (receiver_type (user_type (type_identifier) @container))
      (variable_declaration . (simple_identifier) @name)) @definition.property)
  (class_body
    (property_declaration
      receiver: (receiver_type (user_type (type_identifier) @container))
      (variable_declaration . (simple_identifier) @name)) @definition.property)
])

([
  (class_body (property_declaration (variable_declaration . (simple_identifier) @name)) @definition.property)
  (enum_class_body (property_declaration (variable_declaration . (simple_identifier) @name)) @definition.property)
])

(source_file
  (property_declaration (variable_declaration . (simple_identifier) @name)) @definition.variable)
