(pod) @attached

; `package A;` holds what follows, up to the next one.
(package_statement
  name: (package) @name
  (block) @body) @definition.package

(package_statement
  name: (package) @name) @definition.package @rest.1

(class_statement
  name: (package) @name
  (block) @body) @definition.class

(class_statement
  name: (package) @name) @definition.class @rest.1

(role_statement
  name: (package) @name
  (block) @body) @definition.interface

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
    arguments: (list_expression
      .
      [
        (autoquoted_bareword) @name
        (string_literal (string_content) @name)
      ]))) @definition.property
  (#eq? @_has "has"))

; Variables of a file or a package.
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
