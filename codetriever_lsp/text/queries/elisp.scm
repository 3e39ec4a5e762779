(function_definition name: (symbol) @name) @definition.function
(macro_definition name: (symbol) @name) @definition.function

; Definitions by macros.
((list
  .
  (symbol) @_def
  .
  (symbol) @name) @definition.function
  (#any-of? @_def
    "cl-defun" "cl-defmacro" "cl-defgeneric" "cl-defmethod" "define-minor-mode" "define-derived-mode" "define-globalized-minor-mode"
    "define-inline" "defmethod" "defgeneric" "ert-deftest" "transient-define-prefix" "defalias"))

((list
  .
  (symbol) @_def
  .
  (quote (symbol) @name)) @definition.function
  (#eq? @_def "defalias"))

((list
  .
  (symbol) @_def
  .
  [(symbol) @name (list . (symbol) @name)]) @definition.struct
  (#any-of? @_def "cl-defstruct" "defclass"))

((list
  .
  (symbol) @_def
  .
  (symbol) @name) @definition.variable
  (#any-of? @_def "defcustom" "defvar-local" "defvar-keymap" "defface" "defgroup"))

(special_form "defconst" . (symbol) @name) @definition.constant
(source_file (special_form "defvar" . (symbol) @name) @definition.variable)
