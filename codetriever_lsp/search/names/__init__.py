"""Fuzzy lookup of defined names, in memory and on disk."""
