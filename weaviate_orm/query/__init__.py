"""Queries: expressions and lookups, the tree they make, its compiler to GraphQL, and the query set."""
