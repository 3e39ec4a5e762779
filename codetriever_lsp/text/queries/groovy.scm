; The grammar knows commands and blocks only: `class A extends B {` is words and a block, or words and a block that begins with one.
((command
  (unit (identifier) @_word)
  .
  (unit (identifier) @name)
  (block) @body) @definition.class
  (#any-of? @_word "class" "trait" "record"))

((command
  (unit (identifier) @_word)
  .
  (block . (unit (identifier) @name)) @body) @definition.class
  (#any-of? @_word "class" "trait" "record"))

((command
  (unit (identifier) @_word)
  .
  [
    (unit (identifier) @name)
    (block . (unit (identifier) @name))
  ]) @definition.interface
  (#eq? @_word "interface"))

((command
  (unit (identifier) @_word)
  .
  [
    (unit (identifier) @name)
    (block . (unit (identifier) @name))
  ]) @definition.enum
  (#eq? @_word "enum"))

((command
  (unit (identifier) @_word)
  .
  (block . (unit (identifier) @name)) @body) @definition.function
  (#any-of? @_word "task" "def"))

((command
  (unit (identifier) @_word)
  .
  (unit (identifier) @name)
  .
  (block) @body) @definition.function
  (#eq? @_word "def"))

; A function has a word before it: its type, `def` or a modifier.
(command
  (unit (identifier))
  .
  (block
    .
    (unit
      (func
        (identifier) @name))) @body) @definition.function
