; Functions: bindings with parameters, or with `fun` or `function`. Of bindings joined by `and` each is a definition.
([
  (compilation_unit (value_definition
    (let_binding
      pattern: [(value_name) @name (parenthesized_operator (_) @name)]
      (parameter)
      body: (_) @body) @definition.function))
  (structure (value_definition
    (let_binding
      pattern: [(value_name) @name (parenthesized_operator (_) @name)]
      (parameter)
      body: (_) @body) @definition.function))
])

([
  (compilation_unit (value_definition
    (let_binding
      pattern: [(value_name) @name (parenthesized_operator (_) @name)]
      body: [(fun_expression) (function_expression)] @body) @definition.function))
  (structure (value_definition
    (let_binding
      pattern: [(value_name) @name (parenthesized_operator (_) @name)]
      body: [(fun_expression) (function_expression)] @body) @definition.function))
])

; Other values of a file or a module.
([
  (compilation_unit (value_definition
    (let_binding
      pattern: [
        (value_name) @name
        (parenthesized_operator (_) @name)
        (typed_pattern pattern: (value_name) @name)
        (tuple_pattern (value_name) @name)
      ]) @definition.variable))
  (structure (value_definition
    (let_binding
      pattern: [
        (value_name) @name
        (parenthesized_operator (_) @name)
        (typed_pattern pattern: (value_name) @name)
        (tuple_pattern (value_name) @name)
      ]) @definition.variable))
])

; Types; `type shape += Square` adds to one that is defined elsewhere.
(type_binding
  name: (type_constructor_path (type_constructor) @scope.name)
  body: (variant_declaration)) @scope

(type_binding
  name: (_) @name
  body: (variant_declaration) @body) @definition.enum

(type_binding
  name: (_) @name
  body: (record_declaration) @body) @definition.struct

(type_binding
  name: (_) @name) @definition.typeParameter

(variant_declaration
  (constructor_declaration
    (constructor_name) @name) @definition.enumMember)

(field_declaration
  (field_name) @name) @definition.field

(exception_definition
  (constructor_declaration
    (constructor_name) @name)) @definition.class

; Modules and their types.
(module_type_definition
  (module_type_name) @name
  body: (signature)? @body) @definition.interface

(module_binding
  (module_name) @name
  body: [(structure) (signature) (functor)] @body) @definition.module

(module_binding
  (module_name) @name
  module_type: (signature) @body) @definition.module

(module_binding
  (module_name) @name) @definition.module

; Classes.
(class_binding
  (class_name) @name) @definition.class

(class_type_binding
  (class_type_name) @name) @definition.interface

(method_definition
  (method_name) @name) @definition.method

(method_specification
  (method_name) @name) @definition.method

(instance_variable_definition
  (instance_variable_name) @name) @definition.field

(instance_variable_specification
  (instance_variable_name) @name) @definition.field

; Values that are declared: a type with an arrow is that of a function.
(external
  [(value_name) @name (parenthesized_operator (_) @name)]) @definition.function

(value_specification
  [(value_name) @name (parenthesized_operator (_) @name)]
  type: (function_type)) @definition.function

(value_specification
  [(value_name) @name (parenthesized_operator (_) @name)]) @definition.variable
