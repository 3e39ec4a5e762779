"""Bytes and text in, values out: decoding, languages, syntax, symbols, chunks, terms. Opens no file
of a workspace.
"""
