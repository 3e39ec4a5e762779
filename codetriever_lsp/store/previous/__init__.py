"""The previous index, which answers while a new one is built."""
