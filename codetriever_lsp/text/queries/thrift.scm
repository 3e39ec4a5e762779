(struct_definition . (identifier) @name) @definition.struct
(union_definition . (identifier) @name) @definition.struct
(exception_definition . (identifier) @name) @definition.class
(service_definition . (identifier) @name) @definition.interface
(function_definition (identifier) @name . (parameters)) @definition.method

(field (type) . (identifier) @name) @definition.field

(enum_definition . (identifier) @name) @definition.enum
(enum_definition [(identifier) (number)] . (identifier) @name @definition.enumMember)

(const_definition (identifier) @name) @definition.constant
(typedef_definition (typedef_identifier) @name) @definition.typeParameter
