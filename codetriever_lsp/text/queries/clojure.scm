; `(ns a)` holds what follows, up to the next one.
((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit name: (sym_name) @name)) @definition.namespace @rest.1
  (#any-of? @_def "ns" "in-ns"))

; Functions and macros.
((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit name: (sym_name) @name)) @definition.function
  (#any-of? @_def "defn" "defn-" "defmacro" "defmacro-" "defmulti" "defmethod" "deftest" "deftest-" "defspec" "definline" "fdef"))

((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit name: (sym_name) @name)
  (list_lit . (sym_lit name: (sym_name) @_fn))
  .) @definition.function
  (#any-of? @_def "def" "defonce")
  (#any-of? @_fn "fn" "fn*"))

; Protocols and types with their members.
((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit name: (sym_name) @name)) @definition.interface
  (#any-of? @_def "defprotocol" "definterface"))

((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit name: (sym_name) @name)) @definition.class
  (#any-of? @_def "defrecord" "deftype"))

((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit name: (sym_name) @scope.name)) @scope
  (#any-of? @_def "extend-type" "extend-protocol" "extend"))

((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit)
  .
  (vec_lit
    (sym_lit name: (sym_name) @name) @definition.field))
  (#any-of? @_def "defrecord" "deftype"))

((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  (list_lit
    .
    (sym_lit name: (sym_name) @name)
    .
    [(vec_lit) (list_lit)]) @definition.method)
  (#any-of? @_def "defprotocol" "definterface" "defrecord" "deftype" "extend-type" "extend-protocol"))

; Values, and what other macros define.
((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit name: (sym_name) @name)) @definition.variable
  (#any-of? @_def "def" "defonce"))

((list_lit
  .
  (sym_lit name: (sym_name) @_def)
  .
  (sym_lit name: (sym_name) @name)) @definition.variable
  (#match? @_def "^def[a-z-]")
  (#not-eq? @_def "default"))
