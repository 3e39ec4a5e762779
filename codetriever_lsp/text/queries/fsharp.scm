(namespace
  name: (long_identifier) @name) @definition.namespace

(named_module
  name: (long_identifier) @name) @definition.module

(module_defn
  (identifier) @name) @definition.module

; Types and what they have.
(type_definition
  (union_type_defn
    (type_name type_name: (identifier) @name))) @definition.enum

(type_definition
  (enum_type_defn
    (type_name type_name: (identifier) @name))) @definition.enum

(type_definition
  (record_type_defn
    (type_name type_name: (identifier) @name))) @definition.struct

(type_definition
  (type_abbrev_defn
    (type_name type_name: (identifier) @name))) @definition.typeParameter

(type_definition
  (_
    (type_name type_name: (identifier) @name))) @definition.class

(union_type_case
  (identifier) @name) @definition.enumMember

(enum_type_case
  (identifier) @name) @definition.enumMember

(record_field
  (identifier) @name) @definition.field

(exception_definition
  exception_name: (long_identifier) @name) @definition.class

(member_defn
  (method_or_prop_defn
    name: (property_or_ident
      method: (identifier) @name))) @definition.method

(member_defn
  (method_or_prop_defn
    name: (property_or_ident . (identifier) @name .))) @definition.method

(member_defn
  (member_signature
    (identifier) @name)) @definition.method

; Functions, and values that are not local.
(declaration_expression
  (function_or_value_defn
    (function_declaration_left
      .
      (identifier) @name)
    body: (_) @body)) @definition.function

([
  (file
    (declaration_expression
      (function_or_value_defn
        (value_declaration_left
          (identifier_pattern (long_identifier_or_op) @name)))) @definition.variable)
  (named_module
    (declaration_expression
      (function_or_value_defn
        (value_declaration_left
          (identifier_pattern (long_identifier_or_op) @name)))) @definition.variable)
  (module_defn
    (declaration_expression
      (function_or_value_defn
        (value_declaration_left
          (identifier_pattern (long_identifier_or_op) @name)))) @definition.variable)
])
