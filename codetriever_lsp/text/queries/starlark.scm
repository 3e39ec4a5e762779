(function_definition
  name: (identifier) @name
  body: (block) @body) @definition.function

; Targets of a BUILD file by the name that they are given.
(module
  (expression_statement
    (call
      function: (identifier)
      arguments: (argument_list
        (keyword_argument
          name: (identifier) @_name
          value: (string (string_content) @name))))) @definition.object
  (#eq? @_name "name"))

((module
  (expression_statement
    (assignment left: (identifier) @name) @definition.constant))
  (#match? @name "^[A-Z][A-Z0-9_]*$"))

(module
  (expression_statement
    (assignment left: (identifier) @name) @definition.variable))
