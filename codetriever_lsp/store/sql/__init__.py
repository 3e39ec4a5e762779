"""The SQLite side of an index: files, chunks and symbols."""
