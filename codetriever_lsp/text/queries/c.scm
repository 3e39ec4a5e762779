; Special patterns first: the first pattern that matches a node decides.

; Variables and types in functions are not for the index.
(compound_statement (declaration) @ignored)
(case_statement (declaration) @ignored)
(compound_statement
  [
    (preproc_if (declaration) @ignored)
    (preproc_if (preproc_else (declaration) @ignored))
    (preproc_ifdef (declaration) @ignored)
    (preproc_ifdef (preproc_else (declaration) @ignored))
  ])
(for_statement initializer: (declaration) @ignored)

; A declarator stands for the definition or declaration around it: `f()`, `*f()`, `(*f())()`.
(function_declarator declarator: (identifier) @name) @definition.function
(function_declarator declarator: (parenthesized_declarator (identifier) @name)) @definition.function

; `typedef struct tag {…} name`: one definition with two names; the tag only if it differs.
((type_definition
  type: [
    (struct_specifier name: (type_identifier) @name body: (_) @body)
    (union_specifier name: (type_identifier) @name body: (_) @body)
  ]
  declarator: (type_identifier) @_alias) @definition.struct
  (#not-eq? @name @_alias))

(type_definition
  type: [
    (struct_specifier body: (_) @body)
    (union_specifier body: (_) @body)
  ]
  declarator: (type_identifier) @name) @definition.struct

((type_definition
  type: (enum_specifier name: (type_identifier) @name body: (_) @body)
  declarator: (type_identifier) @_alias) @definition.enum
  (#not-eq? @name @_alias))

(type_definition
  type: (enum_specifier body: (_) @body)
  declarator: (type_identifier) @name) @definition.enum

(type_definition
  type: [(struct_specifier) (union_specifier) (enum_specifier)] @ignored
  declarator: (type_identifier))

(type_definition
  declarator: [
    (type_identifier) @name
    (_ declarator: (type_identifier) @name)
    (_ declarator: (_ declarator: (type_identifier) @name))
    (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name)))
    (pointer_declarator
      declarator: (function_declarator
        declarator: (parenthesized_declarator (pointer_declarator declarator: (type_identifier) @name))))
  ]) @definition.typeParameter

(struct_specifier
  name: (type_identifier) @name
  body: (field_declaration_list) @body) @definition.struct

(union_specifier
  name: (type_identifier) @name
  body: (field_declaration_list) @body) @definition.struct

(enum_specifier
  name: (type_identifier) @name
  body: (enumerator_list) @body) @definition.enum

(enumerator name: (identifier) @name) @definition.enumMember

(field_declaration
  declarator: [
    (field_identifier) @name
    (_ declarator: (field_identifier) @name)
    (_ declarator: (_ declarator: (field_identifier) @name))
    (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
    (pointer_declarator
      declarator: (function_declarator
        declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name))))
  ]) @definition.field

; Macros; not those without a value, such as include guards.
(preproc_def
  name: (identifier) @name
  value: (preproc_arg)) @definition.constant

(preproc_function_def name: (identifier) @name) @definition.function

; Constants and variables of the file.
((declaration
  (type_qualifier) @_qualifier
  declarator: [
    (init_declarator declarator: (identifier) @name)
    (init_declarator declarator: (_ declarator: (identifier) @name))
    (init_declarator declarator: (_ declarator: (_ declarator: (identifier) @name)))
  ]) @definition.constant
  (#any-of? @_qualifier "const" "constexpr"))

(declaration
  declarator: [
    (identifier) @name
    (_ declarator: (identifier) @name)
    (_ declarator: (_ declarator: (identifier) @name))
    (_ declarator: (_ declarator: (_ declarator: (identifier) @name)))
    (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
    (init_declarator
      declarator: (function_declarator
        declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name))))
  ]) @definition.variable
