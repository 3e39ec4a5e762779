"""Worker processes that prepare files: messages, handle, main program, pool."""
