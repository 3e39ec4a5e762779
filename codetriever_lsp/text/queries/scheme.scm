((list
  .
  (symbol) @_define
  .
  (list) @name) @definition.module
  (#any-of? @_define "define-module" "define-library" "library"))

((list
  .
  (symbol) @_define
  .
  (list . (symbol) @name)) @definition.function
  (#any-of? @_define "define" "define*" "define-public" "define-inlinable"))

((list
  .
  (symbol) @_define
  .
  (symbol) @name
  .
  (list . (symbol) @_lambda)) @definition.function
  (#any-of? @_define "define" "define-public")
  (#any-of? @_lambda "lambda" "case-lambda" "lambda*"))

((list
  .
  (symbol) @_define
  .
  [(symbol) @name (list . (symbol) @name)]) @definition.function
  (#any-of? @_define "define-syntax" "define-syntax-rule" "define-macro"))

((list
  .
  (symbol) @_define
  .
  [(symbol) @name (list . (symbol) @name)]) @definition.struct
  (#any-of? @_define "define-record-type" "define-structure"))

((program
  (list
    .
    (symbol) @_define
    .
    (symbol) @name) @definition.variable)
  (#any-of? @_define "define" "define-public" "define-parameter"))
