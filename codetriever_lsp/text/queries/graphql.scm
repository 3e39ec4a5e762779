; Types with their fields.
(definition
  (type_system_definition
    (type_definition
      (object_type_definition
        (name) @name
        (fields_definition)? @body)))) @definition.class

(definition
  (type_system_definition
    (type_definition
      (interface_type_definition
        (name) @name
        (fields_definition)? @body)))) @definition.interface

(definition
  (type_system_definition
    (type_definition
      (input_object_type_definition
        (name) @name
        (input_fields_definition)? @body)))) @definition.struct

(definition
  (type_system_definition
    (type_definition
      (enum_type_definition
        (name) @name
        (enum_values_definition)? @body)))) @definition.enum

(definition
  (type_system_definition
    (type_definition
      [
        (union_type_definition (name) @name)
        (scalar_type_definition (name) @name)
      ]))) @definition.typeParameter

(definition
  (type_system_definition
    (directive_definition
      (name) @name))) @definition.function

; An extension adds to a type that is defined elsewhere.
(definition
  (type_system_extension
    (type_extension
      (_ (name) @scope.name)))) @scope

(field_definition
  (name) @name) @definition.field

(input_fields_definition
  (input_value_definition
    (name) @name) @definition.field)

(enum_value_definition
  (enum_value (name) @name)) @definition.enumMember

; Operations and fragments.
(definition
  (executable_definition
    (operation_definition
      (name) @name
      (selection_set) @body))) @definition.function

(definition
  (executable_definition
    (fragment_definition
      (fragment_name) @name
      (selection_set) @body))) @definition.object
