(function_definition
  name: (word) @name
  body: (_) @body) @definition.function

; Variables of the script itself; assignments in functions are not definitions.
(program
  (declaration_command
    "readonly"
    (variable_assignment name: (variable_name) @name)) @definition.constant)

((program
  (declaration_command
    (word) @_option
    (variable_assignment name: (variable_name) @name)) @definition.constant)
  (#match? @_option "^-[a-zA-Z]*r"))

(program
  (declaration_command
    (variable_assignment name: (variable_name) @name)) @definition.variable)

(program
  (variable_assignment
    name: (variable_name) @name) @definition.variable)
