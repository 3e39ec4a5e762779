"""The vector index: its interface, the embedded and the server adapter, compaction."""
