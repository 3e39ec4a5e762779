; Special patterns first: the first pattern that matches a node decides.

(module
  name: [
    (constant) @name
    (scope_resolution scope: (_) @container name: (constant) @name)
    (scope_resolution !scope name: (constant) @name)
  ]
  body: (body_statement)? @body) @definition.module

(class
  name: [
    (constant) @name
    (scope_resolution scope: (_) @container name: (constant) @name)
    (scope_resolution !scope name: (constant) @name)
  ]
  body: (body_statement)? @body) @definition.class

; `Point = Struct.new(:x) do … end`
((assignment
  left: (constant) @name
  right: (call
    receiver: (constant) @_class
    method: (identifier) @_new
    block: (_) @body)) @definition.class
  (#any-of? @_class "Class" "Module" "Struct" "Data")
  (#any-of? @_new "new" "define"))

((method
  name: (_) @name
  body: (_)? @body) @definition.constructor
  (#eq? @name "initialize"))

; `def self.open` and what `class << self` holds are methods of the class around them.
(method
  name: (_) @name
  body: (_)? @body) @definition.method

(singleton_method
  object: (self)
  name: (_) @name
  body: (_)? @body) @definition.method

(singleton_method
  object: (_) @container
  name: (_) @name
  body: (_)? @body) @definition.method

; Methods that a call makes.
((call
  method: (identifier) @_call
  arguments: (argument_list [(simple_symbol) (string)] @name)) @definition.property
  (#any-of? @_call
    "attr_reader" "attr_writer" "attr_accessor" "mattr_accessor" "mattr_reader" "cattr_accessor" "cattr_reader" "class_attribute"))

((call
  method: (identifier) @_call
  arguments: (argument_list . [(simple_symbol) (string)] @name)
  block: (_)? @body) @definition.method
  (#any-of? @_call "define_method" "define_singleton_method" "alias_method" "scope"))

(alias name: (_) @name) @definition.method

(assignment
  left: [
    (constant) @name
    (scope_resolution scope: (_) @container name: (constant) @name)
  ]) @definition.constant
