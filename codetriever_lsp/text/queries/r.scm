; Classes of S4, reference classes and R6: bound to a name, or by the name that they are given.
((binary_operator
  lhs: (identifier) @name
  operator: ["<-" "=" "<<-"]
  rhs: (call
    function: [
      (identifier) @_maker
      (namespace_operator rhs: (identifier) @_maker)
    ]
    arguments: (arguments) @body)) @definition.class
  (#any-of? @_maker "setClass" "setRefClass" "R6Class" "new_class" "ggproto"))

((program
  (call
    function: [
      (identifier) @_maker
      (namespace_operator rhs: (identifier) @_maker)
    ]
    arguments: (arguments
      .
      (argument value: (string (string_content) @name)))) @definition.class)
  (#any-of? @_maker "setClass" "setRefClass" "setClassUnion"))

; Members of reference classes and R6 classes.
((arguments
  (argument
    name: (identifier) @_part
    value: (call
      function: (identifier) @_list
      arguments: (arguments
        (argument
          name: (identifier) @name
          value: (function_definition body: (_) @body)) @definition.constructor))))
  (#any-of? @_part "public" "methods")
  (#eq? @_list "list")
  (#eq? @name "initialize"))

((arguments
  (argument
    name: (identifier) @_part
    value: (call
      function: (identifier) @_list
      arguments: (arguments
        (argument
          name: (identifier) @name
          value: (function_definition body: (_) @body)) @definition.method))))
  (#any-of? @_part "public" "private" "methods")
  (#eq? @_list "list"))

((arguments
  (argument
    name: (identifier) @_part
    value: (call
      function: (identifier) @_list
      arguments: (arguments
        (argument
          name: (identifier) @name
          value: (function_definition body: (_) @body)) @definition.property))))
  (#eq? @_part "active")
  (#eq? @_list "list"))

((call
  function: [
    (identifier) @_maker
    (namespace_operator rhs: (identifier) @_maker)
  ]
  arguments: (arguments
    (argument
      name: (identifier) @_part
      value: (call
        function: (identifier) @_list
        arguments: (arguments
          (argument
            name: (identifier) @name) @definition.field)))))
  (#any-of? @_maker "setClass" "setRefClass" "R6Class")
  (#any-of? @_part "public" "private" "fields" "slots" "representation")
  (#any-of? @_list "list" "c"))

((call
  function: (identifier) @_maker
  arguments: (arguments
    (argument
      value: (call
        function: (identifier) @_list
        arguments: (arguments
          (argument
            name: (identifier) @name) @definition.field)))))
  (#eq? @_maker "setClass")
  (#eq? @_list "representation"))

; Generics, and the methods of one by the class of its first argument.
((call
  function: (identifier) @_maker
  arguments: (arguments
    .
    (argument value: (string (string_content) @name))
    .
    (comma)
    .
    (argument value: (string (string_content) @container)))) @definition.method
  (#any-of? @_maker "setMethod" "setReplaceMethod"))

((call
  function: (identifier) @_maker
  arguments: (arguments
    .
    (argument value: (string (string_content) @name)))) @definition.method
  (#any-of? @_maker "setMethod" "setReplaceMethod"))

((call
  function: (identifier) @_maker
  arguments: (arguments
    .
    (argument value: (string (string_content) @name)))) @definition.function
  (#eq? @_maker "setGeneric"))

; Tests of testthat.
((call
  function: (identifier) @_test
  arguments: (arguments
    .
    (argument value: (string (string_content) @name)))) @definition.function
  (#any-of? @_test "test_that" "describe" "it"))

; Functions.
(binary_operator
  lhs: [(identifier) (string)] @name
  operator: ["<-" "=" "<<-"]
  rhs: (function_definition body: (_) @body)) @definition.function

; Values of the file itself.
((program
  (binary_operator
    lhs: (identifier) @name
    operator: ["<-" "="]) @definition.constant)
  (#match? @name "^[A-Z][A-Z0-9_.]*$"))

(program
  (binary_operator
    lhs: (identifier) @name
    operator: ["<-" "=" "<<-"]) @definition.variable)

(program
  (binary_operator
    operator: ["->" "->>"]
    rhs: (identifier) @name) @definition.variable)
