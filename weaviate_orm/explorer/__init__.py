"""The explorer: pages of a browser that show what a server has stored, for any collection. No models are needed."""
