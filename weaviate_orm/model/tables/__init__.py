"""Tables as objects, and stored objects as tables: rows, pandas, Arrow."""
