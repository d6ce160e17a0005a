"""The methods of a query set, a file for each kind."""
