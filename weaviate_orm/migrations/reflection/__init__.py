"""Models from a live server: the server's JSON becomes the source of a Python module."""
