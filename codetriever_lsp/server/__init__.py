"""The language server: the only layer that speaks URI, Position and JSON-RPC. Thin: it converts,
the engine answers.
"""
