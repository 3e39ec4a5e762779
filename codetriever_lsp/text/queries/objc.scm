; Classes. Implementations, categories and extensions only name the class for what is in them.
(class_interface
  .
  (identifier) @scope.name
  category: (identifier)) @scope

(class_interface
  .
  (identifier) @scope.name
  .
  "(") @scope

(class_interface
  .
  (identifier) @name) @definition.class

(class_implementation
  .
  (identifier) @scope.name) @scope

(protocol_declaration
  .
  (identifier) @name) @definition.interface

; Methods by their full selectors, properties, instance variables.
(method_declaration
  (method_type)
  .
  ((identifier)? @name . (method_parameter ":" @name))+) @definition.method

(method_declaration
  (method_type)
  .
  (identifier) @name) @definition.method

(method_definition
  (method_type)
  .
  ((identifier)? @name . (method_parameter ":" @name))+
  (compound_statement) @body) @definition.method

(method_definition
  (method_type)
  .
  (identifier) @name
  (compound_statement) @body) @definition.method

(property_declaration
  (struct_declaration
    (struct_declarator [
      (identifier) @name
      (pointer_declarator declarator: (identifier) @name)
      (function_declarator
        declarator: (parenthesized_declarator
          (block_pointer_declarator declarator: (identifier) @name)))
    ]))) @definition.property

(instance_variable
  (struct_declaration
    (struct_declarator [
      (identifier) @name
      (pointer_declarator declarator: (identifier) @name)
    ]))) @definition.field

; What C has: functions, types, macros.
((function_definition
  declarator: [
    (function_declarator declarator: (identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  ]
  body: (compound_statement) @body) @definition.function
  (#not-match? @name "^(if|for|while|switch|return)$"))

([
  (translation_unit
    (declaration
      declarator: [
        (function_declarator declarator: (identifier) @name)
        (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
      ]) @definition.function)
  (preproc_ifdef
    (declaration
      declarator: [
        (function_declarator declarator: (identifier) @name)
        (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
      ]) @definition.function)
])

(type_definition
  type: (struct_specifier body: (field_declaration_list) @body)
  declarator: (type_identifier) @name) @definition.struct

(type_definition
  type: (union_specifier body: (field_declaration_list) @body)
  declarator: (type_identifier) @name) @definition.struct

(type_definition
  type: (enum_specifier body: (enumerator_list) @body)
  declarator: (type_identifier) @name) @definition.enum

(type_definition
  declarator: [
    (type_identifier) @name
    (pointer_declarator declarator: (type_identifier) @name)
    (function_declarator
      declarator: (parenthesized_declarator [
        (block_pointer_declarator declarator: (type_identifier) @name)
        (pointer_declarator declarator: (type_identifier) @name)
      ]))
  ]) @definition.typeParameter

((macro_type_specifier
  name: (identifier) @_macro
  type: (type_descriptor type: (type_identifier) @name)) @definition.enum
  (#any-of? @_macro "NS_ENUM" "NS_OPTIONS" "NS_CLOSED_ENUM" "NS_ERROR_ENUM"))

(struct_specifier
  name: (type_identifier) @name
  body: (field_declaration_list) @body) @definition.struct

(union_specifier
  name: (type_identifier) @name
  body: (field_declaration_list) @body) @definition.struct

(enum_specifier
  name: (type_identifier) @name
  body: (enumerator_list) @body) @definition.enum

(enumerator
  name: (identifier) @name) @definition.enumMember

(field_declaration
  declarator: [
    (field_identifier) @name
    (pointer_declarator declarator: (field_identifier) @name)
    (array_declarator declarator: (field_identifier) @name)
  ]) @definition.field

(preproc_function_def
  name: (identifier) @name) @definition.function

(preproc_def
  name: (identifier) @name
  value: (preproc_arg)) @definition.constant

; Constants and variables of the file; declarations that C functions in an implementation own are not among them.
((translation_unit
  (declaration
    declarator: [
      (init_declarator declarator: [(identifier) @name (pointer_declarator declarator: (identifier) @name) (array_declarator declarator: (identifier) @name)])
      (pointer_declarator declarator: (identifier) @name)
      (identifier) @name
    ]) @definition.constant)
  (#match? @definition.constant "^[^=;]*\\bconst\\b"))

(translation_unit
  (declaration
    declarator: [
      (init_declarator declarator: [(identifier) @name (pointer_declarator declarator: (identifier) @name) (array_declarator declarator: (identifier) @name)])
      (pointer_declarator declarator: (identifier) @name)
      (identifier) @name
    ]) @definition.variable)
