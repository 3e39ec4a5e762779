; A heading holds the text up to the next heading of its level or above. Headings in block quotes and lists hold those only.
(atx_heading
  (atx_h1_marker)
  heading_content: (inline) @name) @definition.string @rest.1

(setext_heading
  heading_content: (paragraph (inline) @name)
  (setext_h1_underline)) @definition.string @rest.1

(atx_heading
  (atx_h2_marker)
  heading_content: (inline) @name) @definition.string @rest.2

(setext_heading
  heading_content: (paragraph (inline) @name)
  (setext_h2_underline)) @definition.string @rest.2

(atx_heading
  (atx_h3_marker)
  heading_content: (inline) @name) @definition.string @rest.3

(atx_heading
  (atx_h4_marker)
  heading_content: (inline) @name) @definition.string @rest.4

(atx_heading
  (atx_h5_marker)
  heading_content: (inline) @name) @definition.string @rest.5

(atx_heading
  (atx_h6_marker)
  heading_content: (inline) @name) @definition.string @rest.6
