(procedure
  name: (_) @name
  body: (_) @body) @definition.function

(namespace
  (word_list
    .
    (simple_word) @_eval
    .
    (simple_word) @name
    .
    (braced_word) @body)
  (#eq? @_eval "eval")) @definition.namespace

(source_file
  (set
    .
    (id) @name) @definition.variable)
