"""Rebuilds: a collection copied into one with other settings, while others read and write it."""
