; The blocks of the component.
(document
  [
    (script_element (start_tag (tag_name) @name) (raw_text)? @body)
    (style_element (start_tag (tag_name) @name) (raw_text)? @body)
  ] @definition.module)

; Headings, and elements with an id.
((element
  (start_tag (tag_name) @_tag)
  .
  (text) @name) @definition.string
  (#match? @_tag "^[hH][1-6]$"))

((element
  [
    (start_tag
      (tag_name) @_tag
      (attribute
        (attribute_name) @_id
        (quoted_attribute_value (attribute_value) @name)))
    (self_closing_tag
      (tag_name) @_tag
      (attribute
        (attribute_name) @_id
        (quoted_attribute_value (attribute_value) @name)))
  ]) @definition.object
  (#eq? @_id "id")
  (#not-match? @_tag "^[hH][1-6]$"))
