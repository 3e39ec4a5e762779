; Functions; of `Cart.new` and `Cart:add` the container is `Cart`.
(function_declaration
  name: [
    (identifier) @name
    (dot_index_expression
      table: (_) @container
      field: (identifier) @name)
  ]
  body: (block)? @body) @definition.function

(function_declaration
  name: (method_index_expression
    table: (_) @container
    method: (identifier) @name)
  body: (block)? @body) @definition.method

(variable_declaration
  (assignment_statement
    (variable_list . name: (identifier) @name)
    (expression_list
      .
      value: (function_definition body: (block)? @body)))) @definition.function

(type_definition
  name: (identifier) @name) @definition.typeParameter

; Variables of the file; not what is only required.
((chunk
  (variable_declaration
    (assignment_statement
      (variable_list name: (identifier) @name))) @definition.variable)
  (#not-match? @definition.variable "=\\s*require\\b"))
