; Special patterns first: the first pattern that matches a node decides.

; Types and their constructors and fields.
(data_type
  [
    name: (_) @name
    (infix operator: (_) @name)
  ]
  constructors: (_)? @body) @definition.struct

(newtype name: (_) @name) @definition.struct

(data_constructor
  constructor: [
    (prefix name: (constructor) @name)
    (record name: (constructor) @name)
    (infix operator: (constructor_operator) @name)
  ]) @definition.constructor

(newtype_constructor name: (constructor) @name) @definition.constructor

(gadt_constructor name: (constructor) @name) @definition.constructor

(field name: (field_name (variable) @name)) @definition.field

(type_synomym [
  name: (_) @name
  (infix operator: (_) @name)
]) @definition.typeParameter

(type_family name: (_) @name) @definition.typeParameter

(data_family name: (_) @name) @definition.typeParameter

(class
  name: (_) @name
  declarations: (class_declarations)? @body) @definition.interface

(instance
  name: (_) @container
  patterns: (type_patterns) @name
  declarations: (instance_declarations)? @body) @definition.object

; Functions: the type signature and the equations of a name are clauses of one. What `where` and `let` bind is local.
(local_binds [(signature) (function) (bind)] @ignored)

(signature
  name: [
    (variable) @name
    (prefix_id (operator) @name)
  ]) @definition.function @clause

(signature
  names: (binding_list name: (variable) @name)) @definition.function

(function
  name: [
    (variable) @name
    (prefix_id (operator) @name)
  ]) @definition.function @clause

(function
  (infix
    operator: [
      (operator) @name
      (infix_id (variable) @name)
    ])) @definition.function @clause

(bind
  name: [
    (variable) @name
    (prefix_id (operator) @name)
  ]) @definition.function @clause

(pattern_synonym
  (equation
    synonym: [
      (apply function: (constructor) @name)
      (constructor) @name
    ])) @definition.function

(foreign_import
  signature: (signature name: (variable) @name)) @definition.function
