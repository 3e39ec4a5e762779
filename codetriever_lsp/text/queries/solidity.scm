(contract_declaration name: (identifier) @name body: (contract_body) @body) @definition.class
(library_declaration name: (identifier) @name body: (contract_body) @body) @definition.module
(interface_declaration name: (identifier) @name body: (contract_body) @body) @definition.interface

; What contracts have.
(function_definition name: (identifier) @name body: (function_body)? @body) @definition.function
(constructor_definition "constructor" @name body: (function_body)? @body) @definition.constructor
(fallback_receive_definition ["receive" "fallback"] @name body: (function_body)? @body) @definition.function
(modifier_definition name: (identifier) @name body: (function_body)? @body) @definition.function
(event_definition name: (identifier) @name) @definition.event
(error_declaration name: (identifier) @name) @definition.class
(state_variable_declaration name: (identifier) @name) @definition.field
(constant_variable_declaration name: (identifier) @name) @definition.constant

; Types.
(struct_declaration name: (identifier) @name body: (struct_body) @body) @definition.struct
(struct_member name: (identifier) @name) @definition.field
(enum_declaration name: (identifier) @name body: (enum_body) @body) @definition.enum
(enum_value) @name @definition.enumMember
(user_defined_type_definition name: (identifier) @name) @definition.typeParameter
