; Rules by their selectors; mixins, functions, variables. The grammar has no maps and no `!default`: what holds them is read in part.
(rule_set
  (selectors) @name
  (block) @body) @definition.class

(mixin_statement
  name: (identifier) @name
  (block) @body) @definition.function

(function_statement
  name: (identifier) @name
  (block) @body) @definition.function

((declaration
  (property_name) @name) @definition.variable
  (#match? @name "^--"))

([
  (stylesheet
    (declaration
      (property_name) @name) @definition.variable)
  (ERROR
    (declaration
      (property_name) @name) @definition.variable)
]
  (#match? @name "^\\$"))

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
