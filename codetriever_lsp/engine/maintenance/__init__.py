"""Work on indexes that no request waits for."""
