; A string right above a definition is its documentation.
(source_file (string_literal) @attached)
(block (string_literal) @attached)

; Modules.
(module_definition
  name: (identifier) @name
  (block)? @body) @definition.module

; Types.
(struct_definition
  (type_head [
    (identifier) @name
    (parametrized_type_expression . (identifier) @name)
    (binary_expression . (identifier) @name)
    (binary_expression . (parametrized_type_expression . (identifier) @name))
  ])
  (block)? @body) @definition.struct

(abstract_definition
  (type_head [
    (identifier) @name
    (parametrized_type_expression . (identifier) @name)
    (binary_expression . (identifier) @name)
    (binary_expression . (parametrized_type_expression . (identifier) @name))
  ])) @definition.interface

(primitive_definition
  (type_head [
    (identifier) @name
    (binary_expression . (identifier) @name)
  ])) @definition.struct

((macrocall_expression
  (macro_identifier (identifier) @_macro)
  (macro_argument_list
    .
    [
      (identifier) @name
      (typed_expression . (identifier) @name)
    ])) @definition.enum
  (#eq? @_macro "enum"))

((macrocall_expression
  (macro_identifier (identifier) @_macro)
  (macro_argument_list
    .
    (_)
    [
      (identifier) @name @definition.enumMember
      (assignment . (identifier) @name) @definition.enumMember
      (compound_statement
        (block [
          (identifier) @name @definition.enumMember
          (assignment . (identifier) @name) @definition.enumMember
        ]))
    ]))
  (#eq? @_macro "enum"))

((macrocall_expression
  (macro_identifier (identifier) @_macro)
  (macro_argument_list
    (string_literal (content) @name)
    (compound_statement (block) @body))) @definition.function
  (#eq? @_macro "testset"))

; Fields and constructors in a type.
(struct_definition
  (block [
    (identifier) @name @definition.field
    (typed_expression . (identifier) @name) @definition.field
    (assignment . (identifier) @name) @definition.field
    (assignment . (typed_expression . (identifier) @name)) @definition.field
    (const_statement [
      (identifier) @name
      (typed_expression . (identifier) @name)
    ]) @definition.field
  ]))

(struct_definition
  (block
    (function_definition
      (signature [
        (call_expression . (identifier) @name)
        (call_expression . (parametrized_type_expression . (identifier) @name))
        (where_expression . (call_expression . (identifier) @name))
        (where_expression . (call_expression . (parametrized_type_expression . (identifier) @name)))
      ])
      (block)? @body) @definition.constructor))

(struct_definition
  (block
    (assignment
      .
      [
        (call_expression . (identifier) @name)
        (call_expression . (parametrized_type_expression . (identifier) @name))
        (where_expression . (call_expression . (identifier) @name))
        (where_expression . (call_expression . (parametrized_type_expression . (identifier) @name)))
      ]) @definition.constructor))

; Functions and macros; of `Base.show` the container is `Base`.
(macro_definition
  (signature
    (call_expression . (identifier) @name))
  (block)? @body) @definition.function

(function_definition
  (signature [
    (identifier) @name
    (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ])
    (typed_expression . (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ]))
    (where_expression . (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ]))
    (where_expression . (typed_expression . (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ])))
    (where_expression . (where_expression . (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ])))
  ])
  (block)? @body) @definition.function

(assignment
  .
  [
    (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ])
    (typed_expression . (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ]))
    (where_expression . (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ]))
    (where_expression . (typed_expression . (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ])))
    (where_expression . (where_expression . (call_expression . [
      (identifier) @name
      (operator) @name
      (parametrized_type_expression . (identifier) @name)
      (field_expression value: (_) @container (identifier) @name .)
      (field_expression value: (_) @container (quote_expression [(operator) @name (parenthesized_expression (operator) @name)]) .)
      (parenthesized_expression [
        (typed_expression (identifier) (identifier) @name)
        (unary_typed_expression (identifier) @name)
      ])
    ])))
  ]) @definition.function

; Constants and variables of a file or a module.
([
  (source_file (assignment . (identifier) @name (arrow_function_expression) .) @definition.function)
  (module_definition (block (assignment . (identifier) @name (arrow_function_expression) .) @definition.function))
])

([
  (source_file (const_statement (assignment . [(identifier) @name (typed_expression . (identifier) @name)])) @definition.constant)
  (module_definition (block (const_statement (assignment . [(identifier) @name (typed_expression . (identifier) @name)])) @definition.constant))
])

([
  (source_file (global_statement (assignment . [(identifier) @name (typed_expression . (identifier) @name)])) @definition.variable)
  (module_definition (block (global_statement (assignment . [(identifier) @name (typed_expression . (identifier) @name)])) @definition.variable))
])

([
  (source_file (assignment . [(identifier) @name (typed_expression . (identifier) @name)]) @definition.variable)
  (module_definition (block (assignment . [(identifier) @name (typed_expression . (identifier) @name)]) @definition.variable))
])
