; `package a.b;` holds what follows.
(package
  (full_ident) @name) @definition.package @rest.1

(message
  (message_name) @name
  (message_body) @body) @definition.struct

(field
  (identifier) @name) @definition.field

(map_field
  (identifier) @name) @definition.field

(oneof
  (identifier) @name) @definition.field

(oneof_field
  (identifier) @name) @definition.field

(extend
  (full_ident) @scope.name
  (message_body)) @scope

(enum
  (enum_name) @name
  (enum_body) @body) @definition.enum

(enum_field
  (identifier) @name) @definition.enumMember

(service
  (service_name) @name) @definition.interface

(rpc
  (rpc_name) @name) @definition.method
