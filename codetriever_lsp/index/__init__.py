"""Given a folder and its store, keeps the store equal to the files: what changed, prepared by
workers, committed in batches.
"""
