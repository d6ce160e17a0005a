"""The session: one unit of work over one client."""
