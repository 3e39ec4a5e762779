; The keys at the top, and those right below them that hold more (jobs, services, paths).
(document
  (block_node
    (block_mapping
      (block_mapping_pair
        key: (flow_node) @name) @definition.key)))

(document
  (block_node
    (block_mapping
      (block_mapping_pair
        value: (block_node
          (block_mapping
            (block_mapping_pair
              key: (flow_node) @name
              value: (block_node)) @definition.key))))))
