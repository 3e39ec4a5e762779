; Special patterns first: the first pattern that matches a node decides.

; Classes, also those that a variable or an export holds.
(class_declaration
  name: (identifier) @name
  body: (class_body) @body) @definition.class

(variable_declarator
  name: (identifier) @name
  value: (class body: (class_body) @body)) @definition.class

(assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: (class body: (class_body) @body)
  (#not-eq? @name "exports")) @definition.class

(assignment_expression
  right: (class
    name: (identifier) @name
    body: (class_body) @body)) @definition.class

; Methods and fields.
((method_definition
  name: (property_identifier) @name
  body: (statement_block) @body) @definition.constructor
  (#eq? @name "constructor"))

(method_definition
  ["get" "set"]
  name: [(property_identifier) (private_property_identifier) (string)] @name
  body: (statement_block) @body) @definition.property

(method_definition
  name: [(property_identifier) (private_property_identifier) (string) (computed_property_name)] @name
  body: (statement_block) @body) @definition.method

(field_definition
  property: [(property_identifier) (private_property_identifier)] @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @definition.method

(field_definition
  property: [(property_identifier) (private_property_identifier)] @name) @definition.field

; Methods of object literals: `{ run: function () { … } }`.
(pair
  key: [(property_identifier) (string)] @name
  value: [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @definition.method

; Functions.
(function_declaration
  name: (identifier) @name
  body: (statement_block) @body) @definition.function

(generator_function_declaration
  name: (identifier) @name
  body: (statement_block) @body) @definition.function

(variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @definition.function

(program
  [
    (lexical_declaration
      (variable_declarator
        name: (identifier) @name
        value: (arrow_function body: (_) @body)) @definition.function)
    (variable_declaration
      (variable_declarator
        name: (identifier) @name
        value: (arrow_function body: (_) @body)) @definition.function)
  ])

(export_statement
  (lexical_declaration
    (variable_declarator
      name: (identifier) @name
      value: (arrow_function body: (_) @body)) @definition.function))

; A function that a call wraps: `const useItems = memo(() => { … })`; not what a method makes of a list.
((program
  (lexical_declaration
    (variable_declarator
      name: (identifier) @name
      value: (call_expression
        function: (_) @_call
        arguments: (arguments
          .
          [
            (arrow_function body: (statement_block) @body)
            (function_expression body: (_) @body)
          ]))) @definition.function))
  (#not-match? @_call "\\.(map|flatMap|filter|reduce|reduceRight|find|findIndex|some|every|sort|then|catch|finally)$"))

((export_statement
  (lexical_declaration
    (variable_declarator
      name: (identifier) @name
      value: (call_expression
        function: (_) @_call
        arguments: (arguments
          .
          [
            (arrow_function body: (statement_block) @body)
            (function_expression body: (_) @body)
          ]))) @definition.function))
  (#not-match? @_call "\\.(map|flatMap|filter|reduce|reduceRight|find|findIndex|some|every|sort|then|catch|finally)$"))

; Functions put somewhere: `module.exports = function name () {}`, `exports.name = …`, `Type.prototype.name = …`, `object.name = …`.
(assignment_expression
  left: (member_expression
    object: (identifier) @_module
    property: (property_identifier) @_exports)
  right: (function_expression
    name: (identifier) @name
    body: (_) @body)
  (#eq? @_module "module")
  (#eq? @_exports "exports")) @definition.function

(assignment_expression
  left: (member_expression
    object: [(identifier) (member_expression)] @_exports
    property: (property_identifier) @name)
  right: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]
  (#any-of? @_exports "exports" "module.exports")) @definition.function

(assignment_expression
  left: (member_expression
    object: (member_expression
      object: (_) @container
      property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]
  (#eq? @_prototype "prototype")) @definition.method

(assignment_expression
  left: (member_expression
    object: (this)
    property: [(property_identifier) (private_property_identifier)] @name)
  right: [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @definition.method

(assignment_expression
  left: (member_expression
    object: [(identifier) (member_expression)] @container
    property: (property_identifier) @name)
  right: [
    (arrow_function body: (statement_block) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]
  (#not-eq? @container "module")) @definition.method

; A named function that a call at the top takes: `define(request, "host", function host () {})`.
(program
  (expression_statement
    (call_expression
      arguments: (arguments
        (function_expression
          name: (identifier) @name
          body: (_) @body) @definition.function))))

; Constants and variables of the module; not what is only imported.
((program
  (lexical_declaration
    "const"
    (variable_declarator name: (identifier) @name) @definition.constant))
  (#not-match? @definition.constant "^[^=]*=\\s*(await\\s+import|\\w*\\(?require)\\s*\\("))

((program
  [
    (lexical_declaration "let" (variable_declarator name: (identifier) @name) @definition.variable)
    (variable_declaration (variable_declarator name: (identifier) @name) @definition.variable)
  ])
  (#not-match? @definition.variable "^[^=]*=\\s*(await\\s+import|\\w*\\(?require)\\s*\\("))

(export_statement
  (lexical_declaration
    "const"
    (variable_declarator name: (identifier) @name) @definition.constant))

(export_statement
  [
    (lexical_declaration "let" (variable_declarator name: (identifier) @name) @definition.variable)
    (variable_declaration (variable_declarator name: (identifier) @name) @definition.variable)
  ])

(export_statement
  (lexical_declaration
    (variable_declarator
      name: (object_pattern [
        (shorthand_property_identifier_pattern) @name
        (pair_pattern value: (identifier) @name)
      ])) @definition.constant))

((program
  (expression_statement
    (assignment_expression
      left: (member_expression
        object: [(identifier) (member_expression)] @_exports
        property: (property_identifier) @name)
      right: [(object) (array) (number) (string) (template_string) (call_expression) (new_expression) (true) (false) (regex)]) @definition.variable))
  (#any-of? @_exports "exports" "module.exports")
  (#not-match? @definition.variable "^[^=]*=\\s*\\w*\\(?require\\s*\\("))
