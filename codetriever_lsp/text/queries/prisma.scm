(model_block . (identifier) @name) @definition.struct
(model_field field_name: (identifier) @name) @definition.field
(enum_block . (identifier) @name) @definition.enum
(enum_block (identifier) . (identifier) @name @definition.enumMember)
(key_value_block . (identifier) @name) @definition.object
