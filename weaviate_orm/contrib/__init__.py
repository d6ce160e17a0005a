"""Glue for libraries that applications use: a module or a package for each, with an extra of its name."""
