"""What was stored of a partition, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

import attrs
import orjson
from typing_extensions import Self

from weaviate_orm.exceptions import TableError, ValidationError
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.model import Model
from weaviate_orm.session.flush.execute import Failure


@attrs.frozen
class FailedRow:
    """An operation that was refused, here or by the server.

    Attributes:
        reason: the operation, the object or the row, the cause, and what to do.
        row: the row of its partition, counted from 0; None for an object that came with another.
        column: the column of the cell that is refused, where it is about one.
        id: of the object; None where none could be made.
    """

    reason: str
    row: int | None = None
    column: str | None = None
    id: str | None = None

    @classmethod
    def of(cls, failure: Failure, rows: Mapping[int, int]) -> Self:
        """Return a failure as data; ``rows``: of each object, by its ``id()``."""
        if isinstance(failure.reason, TableError):
            return cls(str(failure), failure.reason.row, failure.reason.column)
        return cls(str(failure), rows.get(id(failure.object)), None, _id(failure.object))


def _id(instance: object) -> str | None:
    try:
        return id_of(instance) if isinstance(instance, Model) else None
    except ValidationError:  # of its key
        return None


@attrs.frozen
class PartitionReport:
    """What was stored of a partition, or of several.

    Attributes:
        rows: the rows that are done: stored, or refused and reported.
        stored: the objects stored, with the new objects that they refer to.
        failures: what was refused.
        seconds: of the worker; of several partitions their sum.
    """

    rows: int = 0
    stored: int = 0
    failures: tuple[FailedRow, ...] = attrs.field(default=(), repr=False)
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        """How many operations were refused."""
        return len(self.failures)

    @classmethod
    def total(cls, reports: Iterable[PartitionReport]) -> Self:
        """Return the sum of several reports.

        >>> PartitionReport.total([PartitionReport(2, 2, seconds=0.5), PartitionReport(1, 1, seconds=0.5)])
        PartitionReport(rows=3, stored=3, seconds=1.0)
        """
        reports = list(reports)
        return cls(
            sum(report.rows for report in reports),
            sum(report.stored for report in reports),
            tuple(chain.from_iterable(report.failures for report in reports)),
            sum(report.seconds for report in reports),
        )

    def to_json(self) -> str:
        """Return it as text, for engines whose workers return tables."""
        return orjson.dumps(attrs.asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` returned."""
        values = orjson.loads(text)
        return cls(**{**values, "failures": tuple(FailedRow(**failure) for failure in values["failures"])})
