"""Candidates for a query: dense, lexical, by name and by path."""
