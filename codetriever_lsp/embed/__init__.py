"""Given texts, a float32 matrix: the embedding models, found by settings and run through
fastembed.
"""
