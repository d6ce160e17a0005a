"""GraphQL: documents as data, their text, and the check of their responses."""
