(marginalia) @attached

; Tables and their columns.
(statement
  (create_table
    [(keyword_table) (keyword_exists)]
    .
    (object_reference
      schema: (identifier)? @container
      name: (_) @name)
    (column_definitions)? @body)) @definition.struct

(column_definition
  name: (_) @name) @definition.field

(statement
  (alter_table
    (object_reference
      schema: (identifier)? @container
      name: (_) @scope.name)
    (add_column))) @scope

; Views.
(statement
  [
    (create_view
      [(keyword_view) (keyword_exists)]
      .
      (object_reference
        schema: (identifier)? @container
        name: (_) @name)
      (create_query) @body)
    (create_materialized_view
      [(keyword_view) (keyword_exists)]
      .
      (object_reference
        schema: (identifier)? @container
        name: (_) @name)
      (create_query) @body)
  ]) @definition.interface

; Functions and triggers.
(statement
  (create_function
    (keyword_function)
    .
    (object_reference
      schema: (identifier)? @container
      name: (_) @name)
    (function_body) @body)) @definition.function

(statement
  (create_trigger
    (keyword_trigger)
    .
    (object_reference
      schema: (identifier)? @container
      name: (_) @name))) @definition.event

; Types.
(statement
  (create_type
    (keyword_type)
    .
    (object_reference
      schema: (identifier)? @container
      name: (_) @name)
    (enum_elements) @body)) @definition.enum

(statement
  (create_type
    (keyword_type)
    .
    (object_reference
      schema: (identifier)? @container
      name: (_) @name))) @definition.struct

(enum_elements
  (literal) @name @definition.enumMember)

; Everything else that has a name.
(statement
  (create_index
    column: (_) @name)) @definition.key

(statement
  (create_sequence
    [(keyword_sequence) (keyword_exists)]
    .
    (object_reference
      schema: (identifier)? @container
      name: (_) @name))) @definition.object

(statement
  (create_schema
    [(keyword_schema) (keyword_exists)]
    .
    (identifier) @name)) @definition.namespace

(statement
  (create_database
    [(keyword_database) (keyword_exists)]
    .
    (identifier) @name)) @definition.namespace

(constraint
  name: (identifier) @name) @definition.key
