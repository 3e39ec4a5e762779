(function_definition
  name: (word) @name) @definition.function

; `alias` defines a function, `set -g` a variable.
((program
  (command
    name: (word) @_command
    .
    argument: (word) @name) @definition.function)
  (#eq? @_command "alias"))

((program
  (command
    name: (word) @_command
    argument: (word) @_option
    .
    argument: (word) @name) @definition.variable)
  (#eq? @_command "set")
  (#match? @_option "^-[a-zA-Z]*[gUx]"))
