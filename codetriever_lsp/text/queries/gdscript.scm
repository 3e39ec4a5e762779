; The file is a class; `class_name` gives it a name.
(class_name_statement name: (name) @name) @definition.class @rest.1

(class_definition name: (name) @name body: (class_body) @body) @definition.class
(constructor_definition "_init" @name) @definition.constructor
(function_definition name: (name) @name body: (body)? @body) @definition.function
(signal_statement name: (name) @name) @definition.event
(enum_definition name: (name) @name body: (enumerator_list) @body) @definition.enum
(enumerator left: (identifier) @name) @definition.enumMember

; Fields and constants; variables in functions are none.
([
  (source (const_statement name: (name) @name) @definition.constant)
  (class_body (const_statement name: (name) @name) @definition.constant)
])

([
  (source (variable_statement name: (name) @name) @definition.field)
  (class_body (variable_statement name: (name) @name) @definition.field)
])
