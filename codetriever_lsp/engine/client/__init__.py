"""What front ends import of the engine: find or start it, and call it."""
