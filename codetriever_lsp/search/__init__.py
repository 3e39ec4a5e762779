"""Query in, hits out: candidates from every source, one ranking, exact places. Reads the store,
never writes it.
"""
