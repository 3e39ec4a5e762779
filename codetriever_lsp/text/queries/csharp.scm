; Special patterns first: the first pattern that matches a node decides.

(namespace_declaration
  name: (_) @name
  body: (declaration_list) @body) @definition.namespace

(class_declaration
  name: (identifier) @name
  body: (declaration_list)? @body) @definition.class

(record_declaration
  name: (identifier) @name
  body: (declaration_list)? @body) @definition.class

(record_declaration
  (parameter_list (parameter name: (identifier) @name) @definition.property))

(struct_declaration
  name: (identifier) @name
  body: (declaration_list)? @body) @definition.struct

(interface_declaration
  name: (identifier) @name
  body: (declaration_list)? @body) @definition.interface

(enum_declaration
  name: (identifier) @name
  body: (enum_member_declaration_list) @body) @definition.enum

(enum_member_declaration name: (identifier) @name) @definition.enumMember

(delegate_declaration name: (identifier) @name) @definition.typeParameter

(constructor_declaration
  name: (identifier) @name
  body: (_)? @body) @definition.constructor

(destructor_declaration
  name: (identifier) @name
  body: (_)? @body) @definition.method

(method_declaration
  name: (identifier) @name
  body: (_)? @body) @definition.method

(local_function_statement
  name: (identifier) @name
  body: (_)? @body) @definition.function

(operator_declaration
  operator: _ @name
  body: (_)? @body) @definition.operator

(conversion_operator_declaration
  type: (_) @name
  body: (_)? @body) @definition.operator

(indexer_declaration
  "this" @name
  accessors: (accessor_list)? @body) @definition.property

(property_declaration
  name: (identifier) @name
  accessors: (accessor_list)? @body) @definition.property

(event_declaration
  name: (identifier) @name
  accessors: (accessor_list)? @body) @definition.event

(event_field_declaration
  (variable_declaration (variable_declarator name: (identifier) @name))) @definition.event

((field_declaration
  (modifier) @_modifier
  (variable_declaration (variable_declarator name: (identifier) @name))) @definition.constant
  (#eq? @_modifier "const"))

(field_declaration
  (variable_declaration (variable_declarator name: (identifier) @name))) @definition.field
