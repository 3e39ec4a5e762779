(function_statement
  (function_name) @name
  (script_block)? @body) @definition.function

(class_statement
  .
  (simple_name) @name) @definition.class

(class_method_definition
  (simple_name) @name
  (script_block)? @body) @definition.method

(class_property_definition
  (variable) @name) @definition.property

(enum_statement
  .
  (simple_name) @name) @definition.enum

(enum_member
  .
  (simple_name) @name) @definition.enumMember

; Variables of the script.
((program
  (statement_list
    (pipeline
      (assignment_expression
        (left_assignment_expression) @name)) @definition.variable))
  (#match? @name "^\\$[\\w:]+$"))
