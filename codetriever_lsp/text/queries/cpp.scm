; Special patterns first: the first pattern that matches a node decides.

; `class EXPORT Name {…}`: the grammar takes EXPORT for the name of the class and the rest for a function.
(function_definition
  type: [(class_specifier !body) (struct_specifier !body)]
  declarator: (identifier) @name
  body: (compound_statement) @body) @definition.class

(function_definition
  type: [(class_specifier !body) (struct_specifier !body)]
  (ERROR . (identifier) @name)
  body: (compound_statement) @body) @definition.class

(function_definition
  type: [(class_specifier !body) (struct_specifier !body)]
  body: (compound_statement [
    (declaration
      declarator: [
        (function_declarator declarator: [(identifier) (operator_name)] @name)
        (_ (function_declarator declarator: [(identifier) (operator_name)] @name))
      ]) @definition.method
    (labeled_statement
      (declaration
        declarator: [
          (function_declarator declarator: [(identifier) (operator_name)] @name)
          (_ (function_declarator declarator: [(identifier) (operator_name)] @name))
        ]) @definition.method)
  ]))

(function_definition
  type: [(class_specifier !body) (struct_specifier !body)]
  body: (compound_statement [
    (declaration declarator: [(identifier) @name (init_declarator declarator: (identifier) @name)]) @definition.field
    (labeled_statement
      (declaration declarator: [(identifier) @name (init_declarator declarator: (identifier) @name)]) @definition.field)
  ]))

; Variables in functions are not for the index.
(compound_statement (declaration) @ignored)
(labeled_statement (declaration) @ignored)
(case_statement (declaration) @ignored)
(compound_statement
  [
    (preproc_if (declaration) @ignored)
    (preproc_if (preproc_else (declaration) @ignored))
    (preproc_ifdef (declaration) @ignored)
    (preproc_ifdef (preproc_else (declaration) @ignored))
  ])
(for_statement initializer: (declaration) @ignored)
(condition_clause value: (declaration) @ignored)

; Constructors have no type before the name. A declarator stands for the definition or declaration around it.
(field_declaration_list
  [
    (function_definition !type declarator: (function_declarator declarator: (identifier) @name))
    (declaration !type declarator: (function_declarator declarator: (identifier) @name))
  ] @definition.constructor)

(field_declaration_list
  (template_declaration
    [
      (function_definition !type declarator: (function_declarator declarator: (identifier) @name))
      (declaration !type declarator: (function_declarator declarator: (identifier) @name))
    ] @definition.constructor))

((function_declarator
  declarator: (qualified_identifier
    scope: [
      (namespace_identifier) @container
      (template_type name: (type_identifier) @container)
    ]
    name: (identifier) @name)) @definition.constructor
  (#eq? @container @name))

((function_declarator
  declarator: (qualified_identifier
    scope: (_) @container
    name: (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)
      ] @_class
      name: (identifier) @name))) @definition.constructor
  (#eq? @_class @name))

; Members defined outside of their class.
(function_declarator
  declarator: (qualified_identifier
    scope: [
      (namespace_identifier) @container
      (template_type name: (type_identifier) @container)
    ]
    name: (operator_name) @name)) @definition.operator

(function_declarator
  declarator: (qualified_identifier
    scope: [
      (namespace_identifier) @container
      (template_type name: (type_identifier) @container)
    ]
    name: [
      (identifier) @name
      (destructor_name) @name
      (template_function name: (identifier) @name)
    ])) @definition.method

(function_declarator
  declarator: (qualified_identifier
    scope: (_) @container
    name: (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)
      ]
      name: [
        (identifier) @name
        (destructor_name) @name
        (operator_name) @name
        (template_function name: (identifier) @name)
      ]))) @definition.method

; Functions, methods and operators.
(function_declarator declarator: (operator_name) @name) @definition.operator

(function_definition
  declarator: [
    (operator_cast type: (_) @name)
    (qualified_identifier
      scope: [
        (namespace_identifier) @container
        (template_type name: (type_identifier) @container)
      ]
      name: (operator_cast type: (_) @name))
  ]) @definition.operator

(declaration declarator: (operator_cast type: (_) @name)) @definition.operator

(function_declarator
  declarator: [
    (identifier) @name
    (field_identifier) @name
    (destructor_name) @name
    (template_function name: (identifier) @name)
    (template_method name: (field_identifier) @name)
    (parenthesized_declarator (identifier) @name)
  ]) @definition.function

; Namespaces and types.
(namespace_definition
  name: [(namespace_identifier) (nested_namespace_specifier)] @name
  body: (declaration_list) @body) @definition.namespace

(namespace_alias_definition name: (namespace_identifier) @name) @definition.namespace

; `typedef struct tag {…} name`: one definition with two names; the tag only if it differs.
((type_definition
  type: [
    (struct_specifier name: (type_identifier) @name body: (_) @body)
    (class_specifier name: (type_identifier) @name body: (_) @body)
    (union_specifier name: (type_identifier) @name body: (_) @body)
  ]
  declarator: (type_identifier) @_alias) @definition.struct
  (#not-eq? @name @_alias))

(type_definition
  type: [
    (struct_specifier body: (_) @body)
    (class_specifier body: (_) @body)
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
  type: [(struct_specifier) (class_specifier) (union_specifier) (enum_specifier)] @ignored
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

(class_specifier
  name: [
    (type_identifier) @name
    (template_type name: (type_identifier) @name)
    (qualified_identifier scope: (_) @container name: (type_identifier) @name)
  ]
  body: (field_declaration_list) @body) @definition.class

(struct_specifier
  name: [
    (type_identifier) @name
    (template_type name: (type_identifier) @name)
    (qualified_identifier scope: (_) @container name: (type_identifier) @name)
  ]
  body: (field_declaration_list) @body) @definition.struct

(union_specifier
  name: [
    (type_identifier) @name
    (template_type name: (type_identifier) @name)
    (qualified_identifier scope: (_) @container name: (type_identifier) @name)
  ]
  body: (field_declaration_list) @body) @definition.struct

(enum_specifier
  name: [
    (type_identifier) @name
    (qualified_identifier scope: (_) @container name: (type_identifier) @name)
  ]
  body: (enumerator_list) @body) @definition.enum

(enumerator name: (identifier) @name) @definition.enumMember

(concept_definition name: (identifier) @name) @definition.interface

(alias_declaration name: (type_identifier) @name) @definition.typeParameter

(field_declaration
  declarator: [
    (field_identifier) @name
    (_ declarator: (field_identifier) @name)
    (_ declarator: (_ declarator: (field_identifier) @name))
    (reference_declarator (field_identifier) @name)
    (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator declarator: (field_identifier) @name)))
  ]) @definition.field

; Macros; not those without a value, such as include guards.
(preproc_def
  name: (identifier) @name
  value: (preproc_arg)) @definition.constant

(preproc_function_def name: (identifier) @name) @definition.function

; Constants and variables of a namespace; static members defined outside of their class.
((declaration
  (type_qualifier) @_qualifier
  declarator: [
    (init_declarator declarator: (identifier) @name)
    (init_declarator declarator: (_ declarator: (identifier) @name))
    (init_declarator declarator: (_ declarator: (_ declarator: (identifier) @name)))
    (init_declarator declarator: (reference_declarator (identifier) @name))
  ]) @definition.constant
  (#any-of? @_qualifier "const" "constexpr" "constinit"))

(declaration
  declarator: [
    (qualified_identifier scope: (_) @container name: (identifier) @name)
    (init_declarator declarator: (qualified_identifier scope: (_) @container name: (identifier) @name))
    (array_declarator declarator: (qualified_identifier scope: (_) @container name: (identifier) @name))
  ]) @definition.variable

(declaration
  declarator: [
    (identifier) @name
    (_ declarator: (identifier) @name)
    (_ declarator: (_ declarator: (identifier) @name))
    (_ declarator: (_ declarator: (_ declarator: (identifier) @name)))
    (reference_declarator (identifier) @name)
    (init_declarator declarator: (reference_declarator (identifier) @name))
    (function_declarator
      declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name)))
    (init_declarator
      declarator: (function_declarator
        declarator: (parenthesized_declarator (pointer_declarator declarator: (identifier) @name))))
  ]) @definition.variable
