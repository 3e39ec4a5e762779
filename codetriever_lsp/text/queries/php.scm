; Special patterns first: the first pattern that matches a node decides.

(namespace_definition
  name: (namespace_name) @name
  body: (_) @body) @definition.namespace

(class_declaration
  name: (name) @name
  body: (declaration_list) @body) @definition.class

(interface_declaration
  name: (name) @name
  body: (declaration_list) @body) @definition.interface

(trait_declaration
  name: (name) @name
  body: (declaration_list) @body) @definition.class

(enum_declaration
  name: (name) @name
  body: (enum_declaration_list) @body) @definition.enum

(enum_case name: (name) @name) @definition.enumMember

((method_declaration
  name: (name) @name
  body: (compound_statement)? @body) @definition.constructor
  (#match? @name "^__construct$"))

(method_declaration
  name: (name) @name
  body: (compound_statement)? @body) @definition.method

(function_definition
  name: (name) @name
  body: (compound_statement) @body) @definition.function

(property_declaration
  (property_element name: (variable_name (name) @name))) @definition.property

(const_declaration
  (const_element . (name) @name)) @definition.constant

((function_call_expression
  function: (name) @_define
  arguments: (arguments . (argument (string) @name))) @definition.constant
  (#eq? @_define "define"))

; A function that a variable of the file holds.
(program
  (expression_statement
    (assignment_expression
      left: (variable_name (name) @name)
      right: [
        (anonymous_function body: (_) @body)
        (arrow_function body: (_) @body)
      ]) @definition.function))
