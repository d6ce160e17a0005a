"""Changes of the schema of a running server."""
