"""The batch engine: many objects and references to the server, each with its own outcome. It knows no models."""
