"""A whole query as data, which a wire compiles."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal, Union

import attrs

from weaviate_orm.exceptions import StoredValueError
from weaviate_orm.query.boosts import Boosting
from weaviate_orm.query.entity import Entity, Property, Reference, VectorField, leads_out
from weaviate_orm.query.expressions import Order
from weaviate_orm.query.filters import NOTHING, Filter, Path
from weaviate_orm.query.module_options import Diversity, Extra, Generate, GroupBy, Rerank, Similar
from weaviate_orm.query.searches import Search
from weaviate_orm.schema.values import SCALAR_TYPES

OnError = Union[Literal["raise", "skip", "defer"], Callable[[StoredValueError], object]]
"""What becomes of objects with a stored value that its field cannot hold: see ``QuerySet.on_error``."""

PROBE = "exact__"
"""Begins the aliases of what is loaded to be compared; no attribute has two underscores."""


@attrs.frozen
class Selection:
    """The parts of objects of a class that are loaded.

    Attributes:
        properties: None for all that the class maps, but the deferred ones.
        references: the references loaded with it, each with what is loaded of its targets.
        vectors: the vectors loaded.
        refused: the attributes that may not be loaded later; None for all that this does not load, and below too.
        on_error: what becomes of objects with a value that cannot be decoded; holds below too.
    """

    properties: tuple[Property, ...] | None = None
    references: tuple[tuple[Reference, Selection], ...] = ()
    vectors: tuple[VectorField, ...] = ()
    refused: tuple[str, ...] | None = ()
    on_error: OnError = "raise"

    def members(self, entity: Entity) -> tuple[Property, ...]:
        """Return the properties loaded."""
        if self.properties is not None:
            return self.properties
        return tuple(member for member in entity.properties.values() if not member.deferred)

    def attributes(self, entity: Entity) -> frozenset[str]:
        """Return the names of all that is loaded."""
        return frozenset(
            (
                *(member.attribute for member in self.members(entity)),
                *(reference.attribute for reference, _ in self.references),
                *(vector.attribute for vector in self.vectors),
            )
        )

    def in_groups(self, entity: Entity) -> Selection:
        """Return the part that can be loaded of a group's objects; the rest loads when it is read.

        The server answers null for coordinates, phone numbers and nested objects there, and by GraphQL it has the
        objects of one class alone where a reference leads to several (measured on Weaviate 1.39).
        """
        members = [
            member
            for member in self.members(entity)
            if not (member.spec.nested or SCALAR_TYPES[member.spec.data_type.element].json_members)
        ]
        return attrs.evolve(self, properties=tuple(members), references=self._references_to_one_class())

    def _references_to_one_class(self) -> tuple[tuple[Reference, Selection], ...]:
        return tuple(
            (reference, attrs.evolve(below, references=below._references_to_one_class()))
            for reference, below in self.references
            if len(reference.targets) == 1
        )

    def bringing(self, entity: Entity, names: Collection[str]) -> Selection:
        """Return the selection with further attributes, as far as queries can load them; of references, the ids."""
        held = self.attributes(entity)
        added = [entity.properties[name] for name in names if name in entity.properties.keys() - held]
        references = [member for name, member in entity.references.items() if name in names and name not in held]
        vectors = [member for name, member in entity.vectors.items() if name in names and name not in held]
        return attrs.evolve(
            self,
            properties=(*self.members(entity), *added) if added else self.properties,
            references=(
                *self.references,
                *((member, Selection(properties=())) for member in references if not leads_out(entity, member)),
            ),
            vectors=(*self.vectors, *vectors),
        )

    def including(self, path: tuple[Reference, ...]) -> Selection:
        """Return the selection with the references of ``path``, one below the other."""
        if not path:
            return self
        first, *rest = path
        references = {reference.attribute: (reference, below) for reference, below in self.references}
        _, below = references.get(first.attribute, (first, Selection()))
        references[first.attribute] = (first, below.including(tuple(rest)))
        return attrs.evolve(self, references=tuple(references.values()))


@attrs.frozen
class Query:
    """A query for objects of one class.

    Attributes:
        after: the id of the last object of the page before, in the order of ids.
        metadata: also fetch what the search says of each object.
        named: further metadata, by the names of ``query/module_options.py``.
        extras: what modules make of each object.
        counted: also ask how many objects the filter matches.
        boosting, diversity: what no wire but gRPC has.
        unsure: objects of the ids that it names may well not be there, so that this is asked along with them.
        probes: texts that are loaded to be compared only, each as ``PROBE`` and its place.
        tenant, consistency_level: for classes that have tenants, and replicas.
        packs_vectors: vectors of the objects may come as buffers of 32-bit floats, where the wire has them so.
    """

    entity: Entity
    search: Search | None = None
    where: Filter | None = None
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    after: str | None = None
    autocut: int | None = None
    group_by: GroupBy | None = None
    similar: Similar | None = None
    boosting: Boosting | None = None
    diversity: Diversity | None = None
    rerank: Rerank | None = None
    generate: Generate | None = None
    extras: tuple[Extra, ...] = ()
    named: tuple[str, ...] = ()
    selection: Selection = Selection()
    metadata: bool = False
    counted: bool = False
    unsure: bool = False
    probes: tuple[Path, ...] = ()
    tenant: str | None = None
    consistency_level: str | None = None
    packs_vectors: bool = False

    @property
    def has_metadata(self) -> bool:
        """Whether the answer says anything of its objects but what is stored."""
        return self.metadata or self.rerank is not None or self.generate is not None

    @property
    def has_times(self) -> bool:
        """Whether the answer says when objects were created or updated."""
        return self.metadata and ("created_at" in self.named or "updated_at" in self.named)

    @property
    def is_empty(self) -> bool:
        """Whether it is known, without asking, that no object is meant."""
        return self.limit == 0 or self.where == NOTHING

    @property
    def allows_cursor(self) -> bool:
        """Nothing but a class: what the server's cursor can page through."""
        return self.where is None and self.allows_keyset

    @property
    def allows_rest_listing(self) -> bool:
        """Nothing but a class and all that its objects have: what the REST interface lists.

        It lists deferred properties and where references lead too, which is not asked for: one reference is little, a
        list of them may be much.
        """
        entity, selection = self.entity, self.selection
        if selection.properties is not None or selection.vectors or selection.references:
            return False
        deferred = any(member.deferred for member in entity.properties.values())
        whole = not deferred and not any(member.many for member in entity.references.values())
        more = self.metadata or self.named or self.extras or self.probes or self.consistency_level
        return self.allows_cursor and whole and not more

    @property
    def allows_keyset(self) -> bool:
        """Objects in no order of their own, each for itself: they can be read by id, page after page."""
        return not (self.search or self.order_by or self.offset or self.needs_single_response)

    @property
    def needs_single_response(self) -> bool:
        """Whether the server looks at all results together, so that pages would give others."""
        verbs = (self.group_by, self.similar, self.boosting, self.diversity, self.rerank, self.generate)
        return self.autocut is not None or any(verb is not None for verb in verbs)
