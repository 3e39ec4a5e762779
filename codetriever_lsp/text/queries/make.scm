; Targets; a name that begins with a dot is a setting of make.
((rule
  (targets (word) @name)) @definition.function
  (#not-match? @name "^\\."))

(variable_assignment
  name: (word) @name) @definition.variable

(define_directive
  name: (word) @name) @definition.variable
