; Functions anywhere, other values of a `let` and of the set that the file gives.
(binding
  attrpath: (attrpath) @name
  expression: (function_expression body: (_) @body)) @definition.function

(let_expression
  (binding_set
    (binding
      attrpath: (attrpath) @name) @definition.variable))

(source_code
  expression: (attrset_expression
    (binding_set
      (binding
        attrpath: (attrpath) @name) @definition.property)))

(source_code
  expression: (function_expression
    body: (attrset_expression
      (binding_set
        (binding
          attrpath: (attrpath) @name) @definition.property))))

(let_expression
  body: (attrset_expression
    (binding_set
      (binding
        attrpath: (attrpath) @name) @definition.property)))
