; Rules by their selectors, custom properties, animations; what only applies under a condition is in a module named by it.
(rule_set
  (selectors) @name
  (block) @body) @definition.class

((declaration
  (property_name) @name) @definition.variable
  (#match? @name "^--"))

(keyframes_statement
  (keyframes_name) @name
  (keyframe_block_list) @body) @definition.event

(media_statement
  "@media" @name
  .
  [(feature_query) (keyword_query) (binary_query) (unary_query) (parenthesized_query) ","]+ @name
  .
  (block) @body) @definition.module

(supports_statement
  "@supports" @name
  .
  (_)+ @name
  .
  (block) @body) @definition.module

((at_rule
  (at_keyword) @_rule
  .
  (keyword_query) @name
  (block) @body) @definition.module
  (#any-of? @_rule "@layer" "@property" "@counter-style" "@font-palette-values" "@position-try"))

((at_rule
  (at_keyword) @name
  (block) @body) @definition.module
  (#not-match? @name "^@(layer|property|counter-style|font-palette-values|position-try)$"))
