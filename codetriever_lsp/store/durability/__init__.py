"""What keeps an index sound across crashes: lock, checksums, completeness, recovery."""
