"""The way to the server: one pool of connections, authentication, retries."""
