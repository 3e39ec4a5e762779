; Special patterns first: the first pattern that matches a node decides.

(function_declaration
  name: (identifier) @name
  body: (block)? @body) @definition.function

(function_declaration
  name: (dot_index_expression
    table: (_) @container
    field: (identifier) @name)
  body: (block)? @body) @definition.function

(function_declaration
  name: (method_index_expression
    table: (_) @container
    method: (identifier) @name)
  body: (block)? @body) @definition.method

; `M.run = function () … end`
(assignment_statement
  (variable_list
    .
    name: (dot_index_expression
      table: (_) @container
      field: (identifier) @name))
  (expression_list . value: (function_definition body: (block)? @body))) @definition.function

(assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (function_definition body: (block)? @body))) @definition.function

; `{ run = function () … end }`
(field
  name: (identifier) @name
  value: (function_definition body: (block)? @body)) @definition.method

; Variables of the file; not what is only imported.
((chunk
  (variable_declaration
    (assignment_statement
      (variable_list name: (identifier) @name)) @definition.variable))
  (#not-match? @definition.variable "^[^=]*=\\s*require\\b"))

(chunk
  (variable_declaration
    (variable_list name: (identifier) @name)) @definition.variable)

(chunk
  (assignment_statement
    (variable_list
      name: (dot_index_expression
        table: (_) @container
        field: (identifier) @name))) @definition.variable)

(chunk
  (assignment_statement
    (variable_list name: (identifier) @name)) @definition.variable)
