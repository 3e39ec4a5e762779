; A type annotation above a function is part of it.
(type_annotation) @attached

(module_declaration
  name: (upper_case_qid) @name) @definition.module @rest.1

(type_alias_declaration
  name: (upper_case_identifier) @name
  typeExpression: (type_expression part: (record_type))) @definition.struct

(type_alias_declaration
  name: (upper_case_identifier) @name) @definition.typeParameter

(type_alias_declaration
  typeExpression: (type_expression
    part: (record_type
      fieldType: (field_type
        name: (lower_case_identifier) @name) @definition.field)))

(type_declaration
  name: (upper_case_identifier) @name) @definition.enum

(union_variant
  name: (upper_case_identifier) @name) @definition.enumMember

(port_annotation
  name: (lower_case_identifier) @name) @definition.function

(file
  (value_declaration
    functionDeclarationLeft: (function_declaration_left
      .
      (lower_case_identifier) @name
      pattern: (_))
    body: (_) @body) @definition.function)

(file
  (value_declaration
    functionDeclarationLeft: (function_declaration_left
      .
      (lower_case_identifier) @name)
    body: (_) @body) @definition.variable)
