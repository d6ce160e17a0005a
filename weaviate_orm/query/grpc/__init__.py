"""Queries by gRPC."""
