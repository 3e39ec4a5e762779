; `resource "aws_instance" "web"` is `web` in `aws_instance`; a block with one label has that as its name.
((block
  (identifier) @_type
  .
  (string_lit) @name
  .
  (block_start)
  (body)? @body) @definition.variable
  (#any-of? @_type "variable" "output"))

((block
  (identifier) @_type
  .
  [(string_lit) (identifier)] @name
  .
  (block_start)
  (body)? @body) @definition.module
  (#eq? @_type "module"))

(block
  (identifier)
  .
  [(string_lit) (identifier)] @name
  .
  (block_start)
  (body)? @body) @definition.object

(block
  (identifier)
  .
  [(string_lit) (identifier)] @container
  .
  [(string_lit) (identifier)] @name
  .
  (block_start)
  (body)? @body) @definition.object

; Blocks without a label are definitions at the top only.
(config_file
  (body
    (block
      .
      (identifier) @name
      .
      (block_start)
      (body)? @body) @definition.object))

; Local values, and the settings of a file of variables.
((block
  .
  (identifier) @_type
  .
  (block_start)
  (body
    (attribute
      (identifier) @name) @definition.constant))
  (#eq? @_type "locals"))

(config_file
  (body
    (attribute
      (identifier) @name) @definition.variable))
