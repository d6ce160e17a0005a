"""The client: one object for one server, with a part for each of its REST resources."""
