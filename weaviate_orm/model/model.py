"""The class that models inherit from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from typing_extensions import Self

from weaviate_orm.exceptions import UnknownNameError, ValidationError, describe
from weaviate_orm.model.backrefs import assign
from weaviate_orm.model.copying import reduce_ex
from weaviate_orm.model.declared import Declared, DeclaredProperty
from weaviate_orm.model.field_hooks import checked
from weaviate_orm.model.field_options import field
from weaviate_orm.model.fields import Field, Vector
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.instance_codec import check_value, invalid, note_elements
from weaviate_orm.model.manager import DefaultManager
from weaviate_orm.model.mapper import UNNAMED_VECTOR, Mapper
from weaviate_orm.model.meta_options import MetaOptions
from weaviate_orm.model.metaclass import ModelMeta
from weaviate_orm.model.server_times import TIMES, ServerTime, time_of
from weaviate_orm.model.state import State, Status
from weaviate_orm.model.tables.bindings import Unknown
from weaviate_orm.model.tables.chunks import source_of_batches, source_of_frames, source_of_rows
from weaviate_orm.model.tables.table_reader import TableReader
from weaviate_orm.schema.vector_values import packed
from weaviate_orm.shown_values import brief, html_table, shortened
from weaviate_orm.types import JSONObject


class Id(Field[UUID]):
    """The id: an argument of the constructor, made from the key, or random. Fixed once the object is stored."""

    if not TYPE_CHECKING:

        def __get__(self, instance, owner):
            return super().__get__(instance, owner) if instance is None else UUID(id_of(instance))

        def __set__(self, instance, value):
            instance.__setattr__("id", value)


class Model(metaclass=ModelMeta):
    """Maps a class to a collection, its instances to objects.

    ::

        class Article(Model):
            title: Field[str]
            authors: Ref[list[Author]] = ref(factory=list)

            class Meta:
                key = ("title",)

    Constructors take the fields by name, and besides them ``id`` and, where the class has no named vectors, ``vector``.
    A wrong value is refused with a :class:`~weaviate_orm.exceptions.ValidationError` when it is assigned.
    """

    __options__: ClassVar[MetaOptions] = MetaOptions(abstract=True)
    __mapper__: ClassVar[Mapper]
    __declared__: ClassVar[Mapping[str, Declared]]
    query = DefaultManager()  # without an annotation, so that a model may have a manager of its own type
    created_at = ServerTime("created_at")
    updated_at = ServerTime("updated_at")

    id: Field[UUID] = field(default=None)
    vector: Vector = field(default=None)

    if TYPE_CHECKING:

        @property
        def _state(self) -> State: ...

    def __attrs_pre_init__(self) -> None:
        vars(self)["_state"] = State()

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[Mapping[str, Any]],
        *,
        rename: Mapping[str, str] | None = None,
        unknown: Unknown = "error",
    ) -> TableReader[Self]:
        """Make an object of each row, a mapping of column to cell. Nothing is sent: ``bulk_insert()`` stores them.

        ::

            session.bulk_insert(Article.from_rows(map(json.loads, file), rename={"Titel": "title"}))

        A column is for the attribute of its name: a property, a vector, the ``id``, or as ``author__id`` a reference by
        the ids of stored objects (of several classes, ``"Class/id"``). What a field takes is a cell, and so is what the
        server stores of it, as the text of a UUID, a date in RFC 3339, an enumeration's value; what numpy and pandas
        have in their place; dicts for nested objects; a whole float for an int. None, NaN, NaT and pandas.NA are null:
        None where the field allows it, else its default.

        Args:
            rows: read as the objects are, a thousand ahead.
            rename: attributes, by column.
            unknown: "ignore" leaves out columns that are for no attribute.

        Raises:
            TableError: in iterating; of a row that fits no object, with row, column and cells, and the next row follows
                all the same; of a table that lacks a column, or has an unknown one.
        """
        return TableReader(cls, source_of_rows(rows), rename, unknown)

    @classmethod
    def from_pandas(
        cls, frames: Any, *, rename: Mapping[str, str] | None = None, unknown: Unknown = "error"
    ) -> TableReader[Self]:
        """Make an object of each row of a DataFrame, or of an iterable of them, as ``pandas.read_csv(chunksize=…)``.

        The index is left out; ``reset_index()`` makes a column of it. A vector is a list or an array in a column. Else
        as :meth:`from_rows`, but that all rows have all columns.
        """
        return TableReader(cls, source_of_frames(frames), rename, unknown)

    @classmethod
    def from_arrow(
        cls, table: Any, *, rename: Mapping[str, str] | None = None, unknown: Unknown = "error"
    ) -> TableReader[Self]:
        """Make an object of each row of a table of Arrow.

        That is a Table, a RecordBatch, an iterable or a reader of them, a Dataset, a ParquetFile, or the table of
        another library that has Arrow's interface (``__arrow_c_stream__``), as Polars or DuckDB. Files of any length
        take constant memory. A column of vectors is of lists of floats, best of a fixed size: these are not copied.
        Else as :meth:`from_rows`, but that all rows have all columns. Needs pyarrow.
        """
        return TableReader(cls, source_of_batches(table), rename, unknown)

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__declared__ or name == UNNAMED_VECTOR:
            mapper = self.__mapper__
            if name in mapper.hooked:
                value = checked(mapper, self, name, value)
            else:
                check_value(mapper, self, name, value)
            self._assign(name, value)
        elif name == "id":
            self._assign_id(value)
        elif name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            raise UnknownNameError(f"{type(self).__name__} field", name, self.__declared__)

    def __delattr__(self, name: str) -> None:
        if name in self.__declared__ or name in ("id", UNNAMED_VECTOR):
            raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted; assign None to empty it")
        object.__delattr__(self, name)

    def __repr__(self) -> str:
        state: State = self.__dict__["_state"]
        shown = [f"{name}={shortened(value)}" for name, value in self._loaded_properties() if value is not None]
        return f"<{type(self).__name__} {state.id or state.status.value} {' '.join(shown[:4])}>"

    def __rich_repr__(self) -> Iterator[object]:
        """Yield the loaded properties, for rich, which would read every attribute."""
        state: State = self.__dict__["_state"]
        yield state.id or state.status.value
        yield from ((name, brief(value)) for name, value in self._loaded_properties() if value is not None)

    __rich_repr__.angular = True  # type: ignore[attr-defined]

    def _repr_html_(self) -> str:
        """Return the loaded values as a table, for notebooks. Sends nothing."""
        state: State = self.__dict__["_state"]
        names = (*self.__declared__, UNNAMED_VECTOR)
        rows = [("id", state.id), *((name, self.__dict__[name]) for name in names if name in self.__dict__)]
        absent = [name for name in self.__declared__ if name not in self.__dict__] if state.is_stored else []
        more = f"; not loaded: {', '.join(absent)}" if absent else ""
        return html_table(("attribute", "value"), rows, f"{type(self).__name__}, {state.status.value}{more}")

    def __dir__(self) -> Iterable[str]:
        """Leave out attributes that are not loaded: debuggers, ``inspect`` and ``rich`` read all that are listed."""
        state: State = self.__dict__["_state"]
        unloaded = {name for name in (*self.__declared__, UNNAMED_VECTOR) if name not in self.__dict__}
        if state.is_stored:
            unloaded.update(name for name in TIMES if time_of(state, name) is None)
        return sorted({*super().__dir__()} - unloaded)

    def __getstate__(self) -> JSONObject:
        """Return the values and the state, for pickle and copy; a copy belongs to no session."""
        state: State = vars(self)["_state"]
        return {**vars(self), "_state": state.detached()}

    def __setstate__(self, values: JSONObject) -> None:
        vars(self).update(values)

    __reduce_ex__ = reduce_ex

    def _loaded_properties(self) -> Iterator[tuple[str, object]]:
        values = self.__dict__
        return (
            (name, values[name])
            for name, declared in self.__declared__.items()
            if isinstance(declared, DeclaredProperty) and name in values
        )

    def _assign(self, name: str, value: object) -> None:
        """Set a value that was checked."""
        mapper = self.__mapper__
        state: State = self.__dict__["_state"]
        if state.is_stored:
            if name in mapper.vector_fields:
                self._note_vector(state, name, value)
            elif name in mapper.object_lists and name not in state.elements:
                note_elements(self, name)
        if name in mapper.inverses:
            assign(self, name, value)
            return
        vars(self)[name] = value
        if state.owner is not None:
            state.owner.touch(self)

    def _note_vector(self, state: State, name: str, value: object) -> None:
        is_loaded = name in state.vectors or name in self.__dict__
        if name in state.vectors:
            before = state.vectors[name]
        else:
            old = self.__dict__.get(name)
            before = packed(old) if old is not None else None
        if value is None and (before is not None or not is_loaded):
            # a merge takes null for unchanged; an empty list empties the unnamed vector, but not named ones (measured
            # on Weaviate 1.39)
            raise invalid(
                self.__mapper__,
                self,
                name,
                "cannot be None: Weaviate does not take a vector away from a stored object; delete it and add a new "
                "one, or expire() the attribute to forget what was assigned",
            )
        state.vectors = {**state.vectors, name: before}

    def _assign_id(self, value: object) -> None:
        state: State = self.__dict__["_state"]
        if value is None and state.id is None:
            return
        if state.status not in (Status.TRANSIENT, Status.PENDING):
            raise ValidationError(
                f"{describe(self)}: the id of a stored object is fixed; add a new object instead",
                instance=self,
                field="id",
                reason="is fixed once the object is stored",
            )
        if not isinstance(value, UUID):
            reason = f"needs a uuid.UUID, got {value!r}"
            raise ValidationError(f"{type(self).__name__}: id {reason}", instance=self, field="id", reason=reason)
        state.id = str(value)


type.__setattr__(Model, "id", Id("id"))
type.__setattr__(Model, "vector", Vector(UNNAMED_VECTOR))
Model.__declared__ = {}
Model.__mapper__ = Mapper(Model, Model.__options__, {})
