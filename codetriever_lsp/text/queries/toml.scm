; Tables, and the keys that are in none.
(table . (_) @name) @definition.object
(table_array_element . (_) @name) @definition.object
(document (pair . (_) @name) @definition.key)
