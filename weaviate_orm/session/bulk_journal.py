"""The journal of a bulk insert: a file that says how far it has come, so that it goes on there after any end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import attrs
import orjson

from weaviate_orm.exceptions import ConfigurationError, TableError
from weaviate_orm.model.backrefs import leave_all
from weaviate_orm.model.identity import id_of
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import State, state_of


@attrs.define
class Journal:
    """A journal.

    Attributes:
        path: of the file.
        done: how many of the first objects are stored, or were refused and reported.
        seed: of the ids of objects that have neither a key nor an id, so that they are the same after a restart.
        last: the position and the id of the last object of the last step, by which another import is recognized.
        step: how many objects are sent at once.
        sent_before: earlier calls have sent nothing beyond this position.
    """

    path: Path
    done: int
    seed: UUID
    last: tuple[int, str] | None
    step: int
    sent_before: int = 0

    @classmethod
    def open(cls, path: str | os.PathLike[str], step: int) -> Journal:
        """Read a journal, or begin one. Raises ConfigurationError for another file."""
        file = Path(path)
        try:
            body = orjson.loads(file.read_bytes())
            last = None if body["last"] is None else (body["last"][0], body["last"][1])
            journal = cls(file, body["done"], UUID(body["seed"]), last, step, body["sent"])
        except FileNotFoundError:
            journal = cls(file, 0, uuid4(), None, step)
        except OSError as error:
            raise ConfigurationError(f"the journal {file} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise ConfigurationError(
                f"{file} is no journal of a bulk insert: name another file, or delete it to begin anew"
            ) from error
        journal._write()  # where it cannot be written, nothing is sent
        return journal

    def resume(self, stream: Iterator[Any], skip: Callable[[Iterator[Any], int], None]) -> None:
        """Leave out the objects of a stream that are done.

        Raises ConfigurationError for a stream whose objects are others than those of the journal.
        """
        if self.last is None:
            skip(stream, self.done)
            return
        position, id = self.last
        skip(stream, position)
        try:
            instance = next(stream, None)
        except TableError as error:
            raise self._other(f"object {position} cannot be read now: {error}") from error
        if instance is None:
            raise self._other(f"it has {self.done} objects, and here are fewer")
        self._set_id(instance, position)
        if id_of(instance) != id:
            raise self._other(f"its object {position} has the id {id}, and here it is {id_of(instance)}")
        leave_all(instance)  # else what it refers to would bring it along
        skip(stream, self.done - position - 1)

    def identify(self, instances: Sequence[Any], places: Sequence[int]) -> None:
        """Give ids to objects that have neither a key nor an id."""
        for instance, place in zip(instances, places, strict=True):
            if isinstance(instance, Model):
                self._set_id(instance, place)

    def id_at(self, position: int) -> str:
        """Return the id of the object of a position, if it has neither a key nor an id."""
        return str(uuid5(self.seed, str(position)))

    def record(self, done: int, last: tuple[int, str] | None) -> None:
        """Write how far the import has come; ``last``: the position and the id of the last object that is stored."""
        self.done = done
        if last is not None:
            self.last = last
        self._write()

    def end(self) -> None:
        """Remove the file: the import is complete."""
        self.path.unlink(missing_ok=True)

    def _set_id(self, instance: Any, position: int) -> None:
        state: State = state_of(instance)
        if state.id is None and not instance.__mapper__.options.key:
            state.id = self.id_at(position)

    def _write(self) -> None:
        """Replace the file at once: whoever is killed in the middle leaves the one before."""
        sent = max(self.sent_before, self.done + self.step)  # by the next step, whose size may be another than before
        body = orjson.dumps({"done": self.done, "sent": sent, "seed": str(self.seed), "last": self.last})
        temporary = self.path.with_name(f"{self.path.name}.new")
        try:
            with temporary.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError as error:
            raise ConfigurationError(f"the journal {self.path} cannot be written: {error.strerror}") from error

    def _other(self, problem: str) -> ConfigurationError:
        return ConfigurationError(
            f"the journal {self.path} is of another import: {problem}. Name another journal, or delete it to begin anew"
        )
