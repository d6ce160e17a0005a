"""The spaces and commas of v3's texts, for the parts of a query that v3 does not print in the default layout."""

from __future__ import annotations

from weaviate_orm.graphql.literals import Layout

TIGHT_LIST = Layout("[", ",", "]")
SPACED_LIST = Layout("[", " ", " ]")
COMMAS = Layout("{", ", ", "}")
COMMAS_TIGHT_COLONS = Layout("{", ", ", "}", colon=":")
TIGHT = Layout("{", ",", "}", colon=":")
PADDED = Layout("{ ", " ", " }")
PADDED_AT_START = Layout("{ ", " ", "}")
PADDED_AT_END = Layout("{", " ", " }")
ADDITIONAL = Layout(" {", " ", " }")
CONCATENATED = Layout("{", "", "}")
