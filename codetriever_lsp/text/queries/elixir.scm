; Special patterns first: the first pattern that matches a node decides.

; What stands above a function and belongs to it.
((unary_operator
  operator: "@"
  operand: (call target: (identifier) @_attribute)) @attached
  (#any-of? @_attribute "doc" "spec" "impl" "typedoc" "deprecated" "since" "dialyzer"))

((call
  target: (identifier) @_define
  (arguments . [(alias) (atom)] @name)
  (do_block) @body) @definition.module
  (#eq? @_define "defmodule"))

((call
  target: (identifier) @_define
  (arguments . (alias) @name)
  (do_block) @body) @definition.interface
  (#eq? @_define "defprotocol"))

; `defimpl Protocol, for: Type` is the module Protocol.Type.
((call
  target: (identifier) @_define
  (arguments
    .
    (alias) @container
    (keywords
      (pair
        key: (keyword) @_for
        value: (_) @name)))
  (do_block) @body) @definition.module
  (#eq? @_define "defimpl")
  (#match? @_for "^for:"))

((call
  target: (identifier) @_define
  (arguments . (alias) @name .)
  (do_block) @body) @definition.module
  (#eq? @_define "defimpl"))

; Functions and macros; neighbours of the same name are clauses of one.
((call
  target: (identifier) @_define
  (arguments
    .
    [
      (call target: (identifier) @name)
      (identifier) @name
      (binary_operator
        left: [
          (call target: (identifier) @name)
          (identifier) @name
        ]
        operator: "when")
    ])
  (do_block)? @body) @definition.function @clause
  (#any-of? @_define
    "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate" "defn" "defnp"))

((call
  target: (identifier) @_define
  (arguments
    .
    (binary_operator
      left: (_)
      operator: _ @name))
  (do_block)? @body) @definition.operator @clause
  (#any-of? @_define "def" "defp" "defmacro" "defmacrop")
  (#not-eq? @name "when"))

; Types, callbacks, and attributes as constants.
((unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @_attribute
    (arguments
      .
      (binary_operator
        left: [
          (identifier) @name
          (call target: (identifier) @name)
        ]
        operator: "::")))) @definition.typeParameter
  (#any-of? @_attribute "type" "typep" "opaque"))

((unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @_attribute
    (arguments
      .
      [
        (binary_operator left: (call target: (identifier) @name) operator: "::")
        (binary_operator left: (binary_operator left: (call target: (identifier) @name) operator: "::") operator: "when")
      ]))) @definition.method
  (#any-of? @_attribute "callback" "macrocallback"))

((call
  (do_block
    (unary_operator
      operator: "@"
      operand: (call
        target: (identifier) @name
        (arguments))) @definition.constant))
  (#not-match? @name
    "^(doc|spec|impl|typedoc|deprecated|since|dialyzer|moduledoc|type|typep|opaque|callback|macrocallback|optional_callbacks)$")
  (#not-match? @name
    "^(behaviour|derive|compile|before_compile|after_compile|after_verify|on_load|on_definition|enforce_keys|external_resource)$")
  (#not-match? @name "^(tag|moduletag|describetag|vsn|nifs)$"))
