; A stage reaches to the next FROM; one without a name is called by its image.
(from_instruction
  as: (image_alias) @name) @definition.module @rest.1

(from_instruction
  (image_spec
    name: (image_name) @name)
  .) @definition.module @rest.1

(arg_instruction
  name: (_) @name) @definition.variable

(env_pair
  name: (_) @name) @definition.variable
