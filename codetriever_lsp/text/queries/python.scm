; Special patterns first: the first pattern that matches a node decides.

((class_definition
  name: (identifier) @name
  superclasses: (argument_list [(identifier) (attribute)] @_base)
  body: (block) @body) @definition.enum
  (#match? @_base "(^|\\.)(Int|Str)?(Enum|Flag)$"))

((class_definition
  name: (identifier) @name
  superclasses: (argument_list [(identifier) (attribute) (subscript)] @_base)
  body: (block) @body) @definition.interface
  (#match? @_base "(^|\\.)Protocol(\\[|$)"))

(class_definition
  name: (identifier) @name
  body: (block) @body) @definition.class

((function_definition
  name: (identifier) @name
  body: (block) @body) @definition.constructor
  (#any-of? @name "__init__" "__new__"))

; A property and its setter.
((decorated_definition
  (decorator [(identifier) (attribute)] @_decorator)
  definition: (function_definition
    name: (identifier) @name
    body: (block) @body) @definition.property)
  (#match? @_decorator "(property|\\.setter|\\.getter|\\.deleter)$"))

(function_definition
  name: (identifier) @name
  body: (block) @body) @definition.function

(type_alias_statement
  left: (type [
    (identifier) @name
    (generic_type (identifier) @name)
  ])) @definition.typeParameter

; Type aliases and type variables in the older spelling.
((module
  (assignment
    left: (identifier) @name
    type: (type) @_type) @definition.typeParameter)
  (#match? @_type "(^|\\.)TypeAlias$"))

((module
  (assignment
    left: (identifier) @name
    right: (call function: [(identifier) (attribute)] @_call)) @definition.typeParameter)
  (#match? @_call "(^|\\.)(TypeVar|TypeVarTuple|ParamSpec|NewType)$"))

; Members of an enumeration.
((class_definition
  superclasses: (argument_list [(identifier) (attribute)] @_base)
  body: (block
    (assignment
      left: (identifier) @name
      !type
      right: (_)) @definition.enumMember))
  (#match? @_base "(^|\\.)(Int|Str)?(Enum|Flag)$"))

; Constants and variables of a module, fields of a class.
((module
  (assignment left: (identifier) @name) @definition.constant)
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))

((class_definition
  body: (block
    (assignment left: (identifier) @name) @definition.constant))
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))

(module
  (assignment left: (identifier) @name) @definition.variable)

(module
  (assignment left: (pattern_list (identifier) @name)) @definition.variable)

(class_definition
  body: (block
    (assignment left: (identifier) @name) @definition.field))

; A constant that depends on what can be imported, or on the platform.
((module
  [
    (try_statement
      body: (block
        (assignment left: (identifier) @name) @definition.constant))
    (if_statement
      consequence: (block
        (assignment left: (identifier) @name) @definition.constant))
  ])
  (#match? @name "^_*[A-Z][A-Z0-9_]*$"))

((module
  (if_statement
    condition: (_) @_condition
    consequence: (block
      (assignment left: (identifier) @name) @definition.variable)))
  (#not-match? @_condition "__name__"))
