"""JSON-RPC over bytes: framing, transports, requests and responses."""
