"""Queries by GraphQL."""
