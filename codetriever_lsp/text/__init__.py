"""Bytes and text in, values out: decoding, languages, syntax, symbols, chunks, terms. Nothing here opens a file of a workspace."""
