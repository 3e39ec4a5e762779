; A body is the sibling behind its signature; the type of a variable at the top is a sibling before it.
(program
  [
    "late"
    "external"
    (const_builtin)
    (final_builtin)
    (inferred_type)
    (type_identifier)
    (type_arguments)
    (nullable_type)
    (function_type)
    (record_type)
  ] @attached)

; Types.
(class_definition
  name: (identifier) @name
  body: (class_body) @body) @definition.class

(mixin_declaration
  (identifier) @name
  (class_body) @body) @definition.class

(extension_type_declaration
  name: (identifier) @name
  body: (class_body) @body) @definition.class

(extension_type_declaration
  representation: (representation_declaration
    name: (identifier) @name @definition.field))

(extension_declaration
  name: (identifier) @name
  body: (extension_body) @body) @definition.class

(extension_declaration
  class: (_) @scope.name) @scope

(enum_declaration
  name: (identifier) @name
  body: (enum_body) @body) @definition.enum

(enum_constant
  name: (identifier) @name) @definition.enumMember

(type_alias
  .
  (type_identifier) @name
  .
  ["=" (type_parameters)]) @definition.typeParameter

(type_alias
  (type_identifier) @name
  .
  (formal_parameter_list)) @definition.typeParameter

; Constructors: of `Circle.unit` the name is `unit`.
([
  (method_signature
    [
      (constructor_signature (identifier) @name . (formal_parameter_list))
      (factory_constructor_signature (identifier) @name . (formal_parameter_list))
    ]) @definition.constructor
  (declaration
    [
      (constructor_signature (identifier) @name . (formal_parameter_list))
      (constant_constructor_signature (identifier) @name . (formal_parameter_list))
      (factory_constructor_signature (identifier) @name . (formal_parameter_list))
      (redirecting_factory_constructor_signature (identifier) @name . (formal_parameter_list))
    ]) @definition.constructor
  ]
  .
  (function_body)? @body)

; Members.
((method_signature
  [
    (getter_signature name: (identifier) @name)
    (setter_signature name: (identifier) @name)
  ]) @definition.property
  .
  (function_body)? @body)

((method_signature
  (operator_signature [(binary_operator) "[]" "[]=" "~"] @name)) @definition.operator
  .
  (function_body)? @body)

((method_signature
  (function_signature name: (identifier) @name)) @definition.method
  .
  (function_body)? @body)

(declaration
  [
    (getter_signature name: (identifier) @name)
    (setter_signature name: (identifier) @name)
  ]) @definition.property

(declaration
  (function_signature name: (identifier) @name)) @definition.method

(declaration
  "static"
  (const_builtin)
  (static_final_declaration_list
    (static_final_declaration . (identifier) @name))) @definition.constant

(declaration
  [
    (static_final_declaration_list (static_final_declaration . (identifier) @name))
    (initialized_identifier_list (initialized_identifier . (identifier) @name))
  ]) @definition.field

; Functions.
(local_function_declaration
  (lambda_expression
    parameters: (function_signature name: (identifier) @name)
    body: (function_body) @body)) @definition.function

(program
  (function_signature name: (identifier) @name) @definition.function
  .
  (function_body)? @body)

(program
  [
    (getter_signature name: (identifier) @name)
    (setter_signature name: (identifier) @name)
  ] @definition.property
  .
  (function_body)? @body)

; Constants and variables of the library.
(program
  (const_builtin)
  .
  (type_identifier)?
  .
  (type_arguments)?
  .
  (nullable_type)?
  .
  (static_final_declaration_list
    (static_final_declaration . (identifier) @name)) @definition.constant)

(program
  [
    (static_final_declaration_list (static_final_declaration . (identifier) @name))
    (initialized_identifier_list (initialized_identifier . (identifier) @name))
  ] @definition.variable)
