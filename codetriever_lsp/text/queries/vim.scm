(function_definition
  (function_declaration
    name: (_) @name)
  (body)? @body) @definition.function

(command_statement
  name: (command_name) @name) @definition.function

; Variables of the script.
(script_file
  (let_statement
    .
    [(scoped_identifier) (identifier)] @name) @definition.variable)

(script_file
  (const_statement
    .
    [(scoped_identifier) (identifier)] @name) @definition.constant)
