; Special patterns first: the first pattern that matches a node decides.

(class_definition
  name: (identifier) @name
  body: (_)? @body) @definition.class

(trait_definition
  name: (identifier) @name
  body: (_)? @body) @definition.interface

(object_definition
  name: (identifier) @name
  body: (_)? @body) @definition.object

(package_object
  name: (identifier) @name
  body: (_)? @body) @definition.object

(package_clause
  name: (_) @name
  body: (_) @body) @definition.namespace

(enum_definition
  name: (identifier) @name
  body: (_) @body) @definition.enum

(simple_enum_case name: (identifier) @name) @definition.enumMember

(full_enum_case name: (identifier) @name) @definition.enumMember

(given_definition
  name: (identifier) @name
  body: (_)? @body) @definition.object

; An extension only names a container.
(extension_definition
  parameters: (parameters
    (parameter type: [
      (type_identifier) @scope.name
      (generic_type type: (type_identifier) @scope.name)
    ]))) @scope

((function_definition
  name: (identifier) @name
  body: (_)? @body) @definition.constructor
  (#eq? @name "this"))

(function_definition
  name: (_) @name
  body: (_)? @body) @definition.function

(function_declaration name: (_) @name) @definition.function

(type_definition name: (type_identifier) @name) @definition.typeParameter

; Values of types and of the file, not those of blocks.
(block [(val_definition) (var_definition) (val_declaration) (var_declaration) (type_definition)] @ignored)
(indented_block [(val_definition) (var_definition) (val_declaration) (var_declaration) (type_definition)] @ignored)

(compilation_unit
  [
    (val_definition pattern: [(identifier) @name (identifiers (identifier) @name)])
    (var_definition pattern: [(identifier) @name (identifiers (identifier) @name)])
  ] @definition.variable)

(val_definition pattern: [(identifier) @name (identifiers (identifier) @name)]) @definition.field

(var_definition pattern: [(identifier) @name (identifiers (identifier) @name)]) @definition.field

(val_declaration name: (identifier) @name) @definition.field

(var_declaration name: (identifier) @name) @definition.field

; All parameters of a case class are fields, of other classes those that say so.
(class_definition
  "case"
  class_parameters: (class_parameters
    (class_parameter name: (identifier) @name) @definition.field))

(class_parameter
  ["val" "var"]
  name: (identifier) @name) @definition.field
