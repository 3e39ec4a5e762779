; Special patterns first: the first pattern that matches a node decides.

; `impl Type` only names a container.
(impl_item
  type: [
    (type_identifier) @scope.name
    (primitive_type) @scope.name
    (scoped_type_identifier name: (type_identifier) @scope.name)
    (generic_type type: (type_identifier) @scope.name)
    (generic_type type: (scoped_type_identifier name: (type_identifier) @scope.name))
    (reference_type type: (type_identifier) @scope.name)
    (reference_type type: (generic_type type: (type_identifier) @scope.name))
    (tuple_type) @scope.name
    (array_type) @scope.name
  ]) @scope

; Constants of a function are not for the index.
(block [(const_item) (static_item)] @ignored)

(function_item
  name: (identifier) @name
  body: (block) @body) @definition.function

(function_signature_item name: (identifier) @name) @definition.function

(struct_item
  name: (type_identifier) @name
  body: (field_declaration_list)? @body) @definition.struct

(union_item
  name: (type_identifier) @name
  body: (field_declaration_list) @body) @definition.struct

(enum_item
  name: (type_identifier) @name
  body: (enum_variant_list) @body) @definition.enum

(enum_variant name: (identifier) @name) @definition.enumMember

(field_declaration name: (field_identifier) @name) @definition.field

(trait_item
  name: (type_identifier) @name
  body: (declaration_list) @body) @definition.interface

(mod_item
  name: (identifier) @name
  body: (declaration_list) @body) @definition.module

(type_item name: (type_identifier) @name) @definition.typeParameter

(associated_type name: (type_identifier) @name) @definition.typeParameter

(macro_definition name: (identifier) @name) @definition.function

(const_item
  name: (identifier) @name
  (#not-eq? @name "_")) @definition.constant

(static_item name: (identifier) @name) @definition.variable

; Items that a macro holds (`pin_project! { struct … }`, `lazy_static! { static ref … }`): the call is the definition.
([
  (source_file (macro_invocation (token_tree "struct" . (identifier) @name)) @definition.struct)
  (declaration_list (macro_invocation (token_tree "struct" . (identifier) @name)) @definition.struct)
])

([
  (source_file (macro_invocation (token_tree "enum" . (identifier) @name)) @definition.enum)
  (declaration_list (macro_invocation (token_tree "enum" . (identifier) @name)) @definition.enum)
])

([
  (source_file (macro_invocation (token_tree "fn" . (identifier) @name)) @definition.function)
  (declaration_list (macro_invocation (token_tree "fn" . (identifier) @name)) @definition.function)
])

((source_file
  [
    (macro_invocation (token_tree "static" . (identifier) @_ref . (identifier) @name)) @definition.variable
    (expression_statement
      (macro_invocation (token_tree "static" . (identifier) @_ref . (identifier) @name)) @definition.variable)
  ])
  (#eq? @_ref "ref"))

((source_file
  [
    (macro_invocation (token_tree "static" . (identifier) @name)) @definition.variable
    (expression_statement (macro_invocation (token_tree "static" . (identifier) @name)) @definition.variable)
  ])
  (#not-eq? @name "ref"))
