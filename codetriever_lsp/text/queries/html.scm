; Headings: the text in them, or in the link or the code in them.
((element
  (start_tag (tag_name) @_tag)
  .
  (text) @name) @definition.string
  (#match? @_tag "^[hH][1-6]$"))

((element
  (start_tag (tag_name) @_tag)
  .
  (element
    (start_tag)
    .
    (text) @name)) @definition.string
  (#match? @_tag "^[hH][1-6]$"))

; Elements with an id.
((element
  [
    (start_tag
      (tag_name) @_tag
      (attribute
        (attribute_name) @_id
        [
          (quoted_attribute_value (attribute_value) @name)
          (attribute_value) @name
        ]))
    (self_closing_tag
      (tag_name) @_tag
      (attribute
        (attribute_name) @_id
        [
          (quoted_attribute_value (attribute_value) @name)
          (attribute_value) @name
        ]))
  ]) @definition.object
  (#match? @_id "^[iI][dD]$")
  (#not-match? @_tag "^[hH][1-6]$"))

; Scripts and styles that are written here.
([
  (script_element
    (start_tag (tag_name) @name)
    (raw_text) @body) @definition.module
  (style_element
    (start_tag (tag_name) @name)
    (raw_text) @body) @definition.module
]
  (#match? @body "\\S"))
