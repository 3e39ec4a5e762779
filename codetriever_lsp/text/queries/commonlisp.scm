((list_lit
  .
  (sym_lit) @_def
  .
  [(kwd_lit (kwd_symbol) @name) (sym_lit) @name (str_lit) @name]) @definition.package
  (#match? @_def "^(?i:defpackage|define-package|uiop:define-package)$"))

(list_lit
  (defun
    (defun_header
      function_name: (_) @name))) @definition.function

((list_lit
  .
  (sym_lit) @_def
  .
  (sym_lit) @name) @definition.class
  (#match? @_def "^(?i:defclass|define-condition)$"))

((list_lit
  .
  (sym_lit) @_def
  .
  (sym_lit)
  .
  (list_lit)
  .
  (list_lit
    (list_lit . (sym_lit) @name) @definition.field))
  (#match? @_def "^(?i:defclass|define-condition)$"))

((list_lit
  .
  (sym_lit) @_def
  .
  [(sym_lit) @name (list_lit . (sym_lit) @name)]) @definition.struct
  (#match? @_def "^(?i:defstruct)$"))

((list_lit
  .
  (sym_lit) @_def
  .
  (sym_lit) @name) @definition.constant
  (#match? @_def "^(?i:defconstant)$"))

((list_lit
  .
  (sym_lit) @_def
  .
  (sym_lit) @name) @definition.variable
  (#match? @_def "^(?i:defvar|defparameter|defglobal)$"))

((list_lit
  .
  (sym_lit) @_def
  .
  (sym_lit) @name) @definition.typeParameter
  (#match? @_def "^(?i:deftype)$"))

((list_lit
  .
  (sym_lit) @_def
  .
  (sym_lit) @name) @definition.function
  (#match? @_def "^(?i:def(ine)?-[a-z-]+|deftest|defsetf|defsystem|asdf:defsystem)$"))
