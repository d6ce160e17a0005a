"""Reading: rows from the server, and the models made of them."""
