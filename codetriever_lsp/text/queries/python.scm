; Special patterns first: the first pattern that matches a node decides.

(class_definition
  name: (identifier) @name
  body: (block) @body) @definition.class

((function_definition
  name: (identifier) @name
  body: (block) @body) @definition.constructor
  (#any-of? @name "__init__" "__new__"))

(function_definition
  name: (identifier) @name
  body: (block) @body) @definition.function

(type_alias_statement
  left: (type (identifier) @name)) @definition.typeParameter

; Constants and variables of a module, fields of a class.
((module
  (expression_statement
    (assignment left: (identifier) @name) @definition.constant))
  (#match? @name "^[A-Z][A-Z0-9_]*$"))

(module
  (expression_statement
    (assignment left: (identifier) @name) @definition.variable))

(class_definition
  body: (block
    (expression_statement
      (assignment left: (identifier) @name) @definition.field)))
