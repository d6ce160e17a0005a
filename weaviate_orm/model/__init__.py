"""Models: fields, references and vectors of a class, and what an instance carries."""
