"""GraphQL documents as data, and their text."""
