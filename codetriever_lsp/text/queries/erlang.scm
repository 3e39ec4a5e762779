; A type specification right above a function is part of it.
(spec) @attached

(module_attribute
  name: (atom) @name) @definition.module @rest.1

; Functions; the clauses of one function stand next to each other.
(fun_decl
  clause: (function_clause
    name: (_) @name
    args: (expr_args) @clause
    body: (clause_body) @body)) @definition.function

(callback
  fun: (_) @name) @definition.function

; Types, records and macros.
(type_alias
  name: (type_name name: (_) @name)) @definition.typeParameter

(opaque
  name: (type_name name: (_) @name)) @definition.typeParameter

(nominal
  name: (type_name name: (_) @name)) @definition.typeParameter

(record_decl
  name: (_) @name) @definition.struct

(record_decl
  fields: (record_field
    name: (_) @name) @definition.field)

(pp_define
  lhs: (macro_lhs
    name: (_) @name
    args: (_))) @definition.function

(pp_define
  lhs: (macro_lhs
    name: (_) @name)) @definition.constant
