"""A whole query as data. The compiler turns it into GraphQL; another could turn it into gRPC."""

from __future__ import annotations

import attrs

from weaviate_orm.query.entity import Entity, Property, Reference, VectorField
from weaviate_orm.query.expressions import Order
from weaviate_orm.query.filters import Filter
from weaviate_orm.query.search import Search


@attrs.frozen
class Selection:
    """What is loaded of each object of a class.

    Attributes:
        properties: None for all that the class maps.
        references: the references loaded with it, each with what is loaded of its targets.
        vectors: the vectors loaded.
    """

    properties: tuple[Property, ...] | None = None
    references: tuple[tuple[Reference, Selection], ...] = ()
    vectors: tuple[VectorField, ...] = ()

    def including(self, path: tuple[Reference, ...]) -> Selection:
        """This selection and the references of ``path``, one below the other."""
        if not path:
            return self
        first, *rest = path
        known = {reference.attribute: (reference, below) for reference, below in self.references}
        _, below = known.get(first.attribute, (first, Selection()))
        known[first.attribute] = (first, below.including(tuple(rest)))
        return attrs.evolve(self, references=tuple(known.values()))


@attrs.frozen
class Query:
    """What is asked of one class. ``after`` is the id of the last object of the page before, in the order of ids.

    ``tenant`` and ``consistency_level`` are for classes that have tenants, and replicas.
    """

    entity: Entity
    search: Search | None = None
    where: Filter | None = None
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    after: str | None = None
    selection: Selection = Selection()
    metadata: bool = False
    tenant: str | None = None
    consistency_level: str | None = None

    @property
    def is_bare(self) -> bool:
        """Nothing but a class: what the server's cursor can page through."""
        return self.search is None and self.where is None and not self.order_by and not self.offset
