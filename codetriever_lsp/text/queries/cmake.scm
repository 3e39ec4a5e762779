(function_def
  (function_command
    (argument_list . (argument) @name))
  (body)? @body) @definition.function

(macro_def
  (macro_command
    (argument_list . (argument) @name))
  (body)? @body) @definition.function

; The project, its targets and tests.
((normal_command
  (identifier) @_command
  (argument_list . (argument) @name)) @definition.package
  (#match? @_command "^(?i:project)$"))

((normal_command
  (identifier) @_command
  (argument_list . (argument) @name)) @definition.object
  (#match? @_command "^(?i:add_library|add_executable|add_custom_target)$")
  (#not-match? @name "\\$"))

((normal_command
  (identifier) @_command
  (argument_list . (argument) @_word . (argument) @name)) @definition.function
  (#match? @_command "^(?i:add_test)$")
  (#eq? @_word "NAME"))

; Variables outside functions.
((source_file
  (normal_command
    (identifier) @_command
    (argument_list . (argument) @name)) @definition.variable)
  (#match? @_command "^(?i:set|option)$"))
