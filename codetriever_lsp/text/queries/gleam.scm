(attribute) @attached

(function
  name: (identifier) @name
  body: (_)? @body) @definition.function

(type_definition
  (type_name name: (type_identifier) @name)) @definition.enum

(data_constructor
  name: (constructor_name) @name) @definition.enumMember

(data_constructor_argument
  label: (label) @name) @definition.field

(type_alias
  (type_name name: (type_identifier) @name)) @definition.typeParameter

(constant
  name: (identifier) @name) @definition.constant
