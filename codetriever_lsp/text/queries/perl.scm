(pod) @attached

; `package A;` holds what follows, up to the next one; a package with a block only ends the one before.
(package_statement
  name: (package) @name
  (block) @body) @definition.package @rest.1

(package_statement
  name: (package) @name) @definition.package @rest.1

(class_statement
  name: (package) @name
  (block) @body) @definition.class @rest.1

(class_statement
  name: (package) @name) @definition.class @rest.1

(role_statement
  name: (package) @name
  (block) @body) @definition.interface @rest.1

(role_statement
  name: (package) @name) @definition.interface @rest.1

; Subroutines.
((subroutine_declaration_statement
  name: (bareword) @name
  body: (block) @body) @definition.constructor
  (#eq? @name "new"))

(subroutine_declaration_statement
  name: (bareword) @name
  body: (block) @body) @definition.function

(method_declaration_statement
  name: (bareword) @name
  body: (block) @body) @definition.method

(expression_statement
  (assignment_expression
    left: (variable_declaration variable: (scalar (varname) @name))
    right: (anonymous_subroutine_expression body: (block) @body)) @definition.function)

(expression_statement
  (assignment_expression
    left: (glob (varname) @name)
    right: (anonymous_subroutine_expression body: (block) @body)) @definition.function)

; Constants, and attributes of Moose and its like.
((use_statement
  module: (package) @_module
  (list_expression . (autoquoted_bareword) @name)) @definition.constant
  (#eq? @_module "constant"))

((use_statement
  module: (package) @_module
  (anonymous_hash_expression
    (list_expression
      (autoquoted_bareword) @name @definition.constant)))
  (#eq? @_module "constant"))

((expression_statement
  (ambiguous_function_call_expression
    function: (function) @_has
    .
    arguments: [
      (list_expression
        .
        [
          (autoquoted_bareword) @name
          (string_literal (string_content) @name)
        ])
      (string_literal (string_content) @name)
    ])) @definition.property
  (#eq? @_has "has"))

; Fields of a class, variables of a file or a package.
(class_statement
  (block
    (expression_statement
      [
        (assignment_expression left: (variable_declaration (_ (varname) @name)))
        (variable_declaration (_ (varname) @name))
      ]) @definition.field))

([
  (source_file
    (expression_statement
      [
        (assignment_expression left: (variable_declaration (_ (varname) @name)))
        (variable_declaration (_ (varname) @name))
      ]) @definition.variable)
  (package_statement
    (block
      (expression_statement
        [
          (assignment_expression left: (variable_declaration (_ (varname) @name)))
          (variable_declaration (_ (varname) @name))
        ]) @definition.variable))
])
