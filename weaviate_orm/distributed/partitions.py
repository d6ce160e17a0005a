"""The function that stores a partition, which engines call in their workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, Literal

import attrs
from typing_extensions import TypedDict

from weaviate_orm.distributed.client_settings import ClientSettings, OpenClient
from weaviate_orm.distributed.model_paths import model_at
from weaviate_orm.distributed.partition_report import FailedRow, PartitionReport
from weaviate_orm.distributed.worker_names import worker_name
from weaviate_orm.exceptions import ConfigurationError, FlushError, PartitionError, WeaviateORMError
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import state_of
from weaviate_orm.model.tables.bindings import Unknown
from weaviate_orm.model.tables.chunks import Source, source_of_batches, source_of_frames, source_of_rows
from weaviate_orm.model.tables.stored_rows import StoredRows
from weaviate_orm.model.tables.table_reader import TableReader
from weaviate_orm.session.bulk import Progress
from weaviate_orm.session.flush.plan import OnDuplicate
from weaviate_orm.session.session import Session
from weaviate_orm.types import ConsistencyLevel


class StoreOptions(TypedDict, total=False):
    """The options of :func:`store_partition`, which the functions for engines take as well."""

    rename: Mapping[str, str] | None
    unknown: Unknown
    on_duplicate: OnDuplicate
    on_error: Literal["report", "raise"]
    tenant: str | None
    consistency_level: ConsistencyLevel | str | None
    batch_size: int
    workers: int


def store_partition(
    part: Any,
    model: type[Model] | str,
    server: ClientSettings | OpenClient,
    *,
    rename: Mapping[str, str] | None = None,
    unknown: Unknown = "error",
    on_duplicate: OnDuplicate = "last",
    on_error: Literal["report", "raise"] = "report",
    tenant: str | None = None,
    consistency_level: ConsistencyLevel | str | None = None,
    batch_size: int = 500,
    workers: int = 2,
) -> PartitionReport:
    """Store the rows of a partition, by a client of its own, and report that as data.

    It can be called again with the same rows, after whatever ended it, and elsewhere at the same time: an id follows
    from the key, so that an object is stored once; references are compared with those stored (``repeated`` of
    :meth:`~weaviate_orm.Session.bulk_insert`). Two attempts of which one is killed after the other has ended, as by
    Spark's speculation, may leave references out.

    Args:
        part: a data frame of pandas, a table of Arrow (or a record batch), an iterable of either, or one of mappings of
            column to cell; each as :meth:`Model.from_pandas <weaviate_orm.Model.from_pandas>` and the like read it.
        model: the class, or where it is imported from, ``"shop.models:Article"``.
        server: what the client is made of, or a function that opens one; it is closed in the end.
        rename: attributes, by column.
        unknown: "ignore" leaves out columns that are for no attribute.
        on_duplicate: of several rows of one key, the "last" or the "first" is stored; "error" refuses the others. Rows
            of ``batch_size`` times ``workers`` are compared; of others, the one that is stored last stays.
        on_error: "report" leaves out rows that are refused, here or by the server, stores the rest and has them in the
            report; "raise" ends at the first step with one.
        tenant, consistency_level: as :class:`~weaviate_orm.Session` takes them.
        batch_size: the most objects in a request.
        workers: the requests under way at once, by this partition.

    Raises:
        PartitionError: the server cannot be reached; or a row is refused, and ``on_error`` is "raise". It has the
            report of what is stored. Engines store the partition again.
        ConfigurationError: the worker cannot import the model; or the rows have neither a key nor an ``id``, so that
            they would be stored anew by each attempt.
        LoginError, StartUpError: the client could not be opened; nothing was sent.
    """
    begun = time.perf_counter()
    reader = PartitionReader(model if isinstance(model, type) else model_at(model), _source(part), rename, unknown)
    recorder = _Recorder(reader, begun)
    if reader.total == 0:
        return recorder.report()
    with (
        server() as client,
        Session(
            client, tenant=tenant, consistency_level=consistency_level, batch_size=batch_size, workers=workers
        ) as session,
    ):
        try:
            session.bulk_insert(
                reader, on_duplicate=on_duplicate, on_error=on_error, repeated=True, progress=recorder.record
            )
        except ConfigurationError:
            raise
        except WeaviateORMError as error:
            report = recorder.report()
            # a failure holds its object, and a flush that failed all of a step: too much to travel with the error
            cause = error.failures[0].reason if isinstance(error, FlushError) else error
            raise PartitionError(
                f"a partition of {reader.model.__name__} was not stored whole by the worker {worker_name()}: "
                f"{report.rows:,} of its rows are done ({report.stored:,} objects stored, {report.failed:,} operations "
                f"refused), then: {cause}. When that is mended, store the partition again: nothing is stored twice",
                report=report,
            ) from cause
    return recorder.report()


class PartitionReader(TableReader[Model]):
    """The objects of a partition; refuses those that a second attempt would store again.

    Attributes:
        rows: the row of each object that may be refused, by its ``id()``.
    """

    def __init__(self, model: type[Model], source: Source, rename: Mapping[str, str] | None, unknown: Unknown) -> None:
        super().__init__(model, source, rename, unknown)
        self.rows: dict[int, int] = {}

    def __next__(self) -> Model:
        """Return the next object. Raises ConfigurationError for one without an id that lasts."""
        row = self.position
        instance = super().__next__()
        if state_of(instance).id is None and not instance.__mapper__.options.key:
            raise self._without_id(row)
        self.rows[id(instance)] = row
        return instance

    def stored_rows(self, count: int) -> StoredRows | None:
        """Return the next rows without objects. Raises ConfigurationError for one without an id that lasts."""
        first = self.position
        rows = super().stored_rows(count)
        if rows is None:
            return None
        for row, body in enumerate(rows.bodies, first):
            if "id" not in body:
                raise self._without_id(row)
        return attrs.evolve(rows, instance=partial(self._noted, first, rows.instance))

    def forget(self, row: int) -> None:
        """Forget the objects of the rows before one; they are stored, or in the report."""
        self.rows = {key: place for key, place in self.rows.items() if place >= row}

    def _noted(self, first: int, make: Callable[[int], Model], index: int) -> Model:
        """Make the object of a row that was refused."""
        instance = make(index)
        self.rows[id(instance)] = first + index
        return instance

    def _without_id(self, row: int) -> ConfigurationError:
        return ConfigurationError(
            f"row {row}: {self.model.__name__} has no key, and the row no id: another attempt would store it anew. "
            f"Give the model a key in class Meta, or the table a column id"
        )


@attrs.define
class _Recorder:
    reader: PartitionReader
    begun: float
    rows: int = 0
    stored: int = 0
    failures: list[FailedRow] = attrs.field(factory=list)

    def record(self, progress: Progress) -> None:
        """Add a step that is done."""
        self.rows, self.stored = progress.done, progress.stored
        failures = [FailedRow.of(failure, self.reader.rows) for failure in progress.failures]
        self.failures += sorted(failures, key=lambda failure: progress.done if failure.row is None else failure.row)
        self.reader.forget(progress.done)

    def report(self) -> PartitionReport:
        """Return what is stored by now."""
        return PartitionReport(self.rows, self.stored, tuple(self.failures), time.perf_counter() - self.begun)


def _source(part: Any) -> Source:
    if hasattr(part, "iloc"):
        return source_of_frames(part)
    if hasattr(part, "__arrow_c_stream__") or hasattr(part, "__arrow_c_array__"):
        return source_of_batches(part)
    if isinstance(part, Iterator):
        first = next(part, None)
        if first is None:
            return source_of_rows(())
        return _source_of_several(first, chain((first,), part))
    if isinstance(part, Iterable) and not isinstance(part, (str, bytes, Mapping)):
        rows = list(part)
        return _source_of_several(rows[0] if rows else {}, rows)
    raise ConfigurationError(
        f"a partition is a data frame, a table of Arrow, or an iterable of them or of mappings of column to cell; not "
        f"{type(part).__name__} {part!r:.80}"
    )


def _source_of_several(first: Any, parts: Iterable[Any]) -> Source:
    if hasattr(first, "iloc"):
        return source_of_frames(iter(parts))
    if hasattr(first, "__arrow_c_array__"):
        return source_of_batches(iter(parts))
    return source_of_rows(parts)
