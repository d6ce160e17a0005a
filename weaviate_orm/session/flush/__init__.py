"""A flush: its plan, its execution, and what follows from it."""
