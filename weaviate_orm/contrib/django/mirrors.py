"""Mirrors: Weaviate documents of Django's models, to be searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar
from uuid import UUID, uuid5

import attrs
from django.db import models

from weaviate_orm.batch.engine import batched
from weaviate_orm.exceptions import MappingError, UnknownNameError
from weaviate_orm.model.declared import DeclaredProperty
from weaviate_orm.model.model import Model
from weaviate_orm.session.bulk import Progress
from weaviate_orm.session.session import Session

S = TypeVar("S", bound=models.Model)
M = TypeVar("M", bound=Model)

CHUNK: Final = 500
"""How many rows are read, and documents written, at once; databases bound the parameters of a query."""

_NAMESPACE: Final = UUID("6f1c7bb4-3d36-5d62-8f8e-0d1b6a0b8a55")

_PREPARE: Final = "prepare_"

_mirrors: dict[tuple[str, str], Mirror[Any, Any]] = {}


@attrs.frozen
class MirrorReport:
    """What a rebuild has done: how many documents it wrote, and how many without a row it deleted."""

    written: int
    deleted: int


class Mirror(Generic[S, M]):
    """Keeps Weaviate documents equal to the rows of a Django model.

    ::

        class BookMirror(Mirror[Book, BookDocument]):
            source = Book
            target = BookDocument
            related_models = (Author,)

            def get_queryset(self):
                return super().get_queryset().select_related("author")

            def prepare_author(self, book):
                return book.author.name

            def get_instances_from_related(self, related):
                return related.books.all()

    A property of the document is the attribute of the row of this name, or what ``prepare_{name}(row)`` returns; a
    reference has such a method. The id is made of the primary key; where the document has a property ``pk``, it is the
    primary key itself.

    What is saved and deleted by Django's models is written when its transaction is committed, all of a transaction at
    once. What sends no signals is not noticed: ``QuerySet.update()``, ``bulk_create()``, SQL; call :meth:`update`.

    Attributes:
        source: the Django model.
        target: the Weaviate model, without a key and tenants.
        related_models: Django models of which documents hold values.
    """

    source: ClassVar[type[models.Model]]
    target: ClassVar[type[Model]]
    related_models: ClassVar[Sequence[type[models.Model]]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if hasattr(cls, "source") and hasattr(cls, "target"):
            _mirrors[cls.__module__, cls.__qualname__] = cls()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.source.__name__}>"

    # -- what a mirror may say in its own way

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows to be mirrored, with what their documents need of other tables."""
        queryset: models.QuerySet[Any] = self.source._default_manager.all()
        return queryset

    def should_mirror(self, row: Any) -> bool:
        """Return whether a row has a document; one that has none any more is deleted."""
        return True

    def get_instances_from_related(self, related: Any) -> Iterable[Any]:
        """Return the rows whose documents hold values of an instance of ``related_models``."""
        raise NotImplementedError(f"{type(self).__name__} has related_models, and no get_instances_from_related()")

    # -- documents

    def id_of(self, pk: object) -> UUID:
        """Return the id of the document of a primary key: made of it, or itself where it is a UUID."""
        return pk if isinstance(pk, UUID) else uuid5(_NAMESPACE, f"{self.source._meta.label_lower}:{pk}")

    def document(self, row: Any) -> M:
        """Return the document of a row, which is not stored yet."""
        values: dict[str, Any] = {name: read(row) for name, read in self._readers().items()}
        document: Any = self.target(id=self.id_of(row.pk), **values)
        return document  # type: ignore[no-any-return]

    def rows(self, documents: Iterable[M]) -> list[S]:
        """Return the rows of documents, in their order, by one query; documents whose row is gone are left out.

        ::

            books = mirror.rows(BookDocument.query.near_text("novels").limit(10))

        The document needs a property ``pk``, unless the primary key is a UUID.
        """
        has_uuids = isinstance(self.source._meta.pk, models.UUIDField)
        if not has_uuids and "pk" not in self.target.__declared__:
            raise MappingError(f"{self.target.__name__} has no property pk, by which its rows could be found")
        keys: list[Any] = [document.id if has_uuids else vars(document)["pk"] for document in documents]
        by_key = self.get_queryset().in_bulk(keys)
        return [by_key[key] for key in keys if key in by_key]

    def check(self) -> None:
        """Raise MappingError for a document that cannot be made."""
        options = self.target.__mapper__.options
        if options.key or options.multi_tenancy:
            raise MappingError(f"{self.target.__name__} is mirrored, and cannot have a key or tenants")
        for name in dir(type(self)):
            if name.startswith(_PREPARE) and name.removeprefix(_PREPARE) not in self.target.__declared__:
                raise UnknownNameError(
                    f"{self.target.__name__} field", name.removeprefix(_PREPARE), self.target.__declared__
                )
        names = {field.name for field in self.source._meta.get_fields()} | {"pk", "id"}
        for name in self._readers():
            if not (hasattr(self, _PREPARE + name) or name in names or hasattr(self.source, name)):
                raise MappingError(
                    f"{self.target.__name__}.{name}: {self.source.__name__} has no attribute {name!r}; define "
                    f"{type(self).__name__}.{_PREPARE}{name}(row)"
                )

    def _readers(self) -> dict[str, Callable[[Any], object]]:
        readers: dict[str, Callable[[Any], object]] = {}
        for name, declared in self.target.__declared__.items():
            prepare = getattr(self, _PREPARE + name, None)
            if prepare is not None:
                readers[name] = prepare
            elif isinstance(declared, DeclaredProperty):
                readers[name] = _attribute(name)
        return readers

    # -- writing

    def update(self, pks: Iterable[object], using: str | None = None) -> MirrorReport:
        """Write the documents of rows as these are now, and delete those of rows that are gone.

        Args:
            pks: the primary keys of the rows.
            using: the alias of the database.
        """
        written = deleted = 0
        for part in batched(dict.fromkeys(pks), CHUNK):
            queryset = self.get_queryset() if using is None else self.get_queryset().using(using)
            rows = [row for row in queryset.filter(pk__in=part) if self.should_mirror(row)]
            gone = {*part} - {row.pk for row in rows}
            with Session() as session:
                session.add_all(map(self.document, rows), on_duplicate="last")
                session.commit()
                deleted += self._delete(session, map(self.id_of, gone))
            written += len(rows)
        return MirrorReport(written, deleted)

    def rebuild(self, progress: Callable[[Progress], None] | None = None) -> MirrorReport:
        """Write the documents of all rows, and delete those that have no row.

        Documents stay while it runs, and so does the mirror of what is saved meanwhile. In memory are the primary keys.

        Args:
            progress: called after each step, as by ``Session.bulk_insert()``.
        """
        with Session() as session:
            before = {document.id for document in session.query(self.target).only().iterator()}
            pks: dict[UUID, object] = {}
            session.bulk_insert(self._documents(pks), on_duplicate="last", on_error="raise", progress=progress)
            remaining = {*self.get_queryset().values_list("pk", flat=True)}
            gone = [id for id, pk in pks.items() if pk not in remaining]  # deleted meanwhile
            deleted = self._delete(session, [*(before - pks.keys()), *gone])
        return MirrorReport(len(pks), deleted)

    def _documents(self, pks: dict[UUID, object]) -> Iterator[M]:
        for row in self.get_queryset().order_by("pk").iterator(CHUNK):
            if self.should_mirror(row):
                pks[self.id_of(row.pk)] = row.pk
                yield self.document(row)

    def _delete(self, session: Session, ids: Iterable[UUID]) -> int:
        return sum(session.query(self.target).where(id__in=part).delete() for part in batched(ids, CHUNK))


def registered_mirrors() -> list[Mirror[Any, Any]]:
    """Return the mirrors of the project."""
    return list(_mirrors.values())


def _attribute(name: str) -> Callable[[Any], object]:
    def read(row: Any) -> object:
        value = getattr(row, name)
        return value() if callable(value) else value

    return read
