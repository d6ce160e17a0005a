"""The signals by which mirrors follow Django's models: what a transaction changes is mirrored when it is committed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from weaviate_orm.contrib.django.mirrors import Mirror, registered_mirrors
from weaviate_orm.contrib.django.weaviate_settings import read_setting


class MirrorBatch:
    """The rows of one database that a transaction has changed.

    Those of a savepoint that was rolled back may be among them: what is mirrored is what the database has.
    """

    def __init__(self, using: str) -> None:
        self._using = using
        self._pks: dict[Mirror[Any, Any], set[object]] = {}

    def add(self, mirror: Mirror[Any, Any], pks: Iterable[object]) -> None:
        """Add rows of a mirror."""
        self._pks.setdefault(mirror, set()).update(pks)

    def send(self) -> None:
        """Write the documents of the rows, as they are by now; the first call, where several savepoints made one."""
        while self._pks:
            mirror, pks = self._pks.popitem()
            mirror.update(pks, self._using)


def follow_mirrored_models() -> None:
    """Connect the signals."""
    for signal, receiver in (
        (post_save, _saved),
        (pre_delete, _related_deleted),
        (post_delete, _deleted),
        (m2m_changed, _links_changed),
    ):
        signal.connect(receiver, dispatch_uid=f"weaviate_orm.{receiver.__name__}")


def _saved(*, instance: models.Model, using: str, **_: Any) -> None:
    _note_row(instance, using)
    _note_related(instance, using)


def _related_deleted(*, instance: models.Model, using: str, **_: Any) -> None:
    _note_related(instance, using)  # while it is known which rows refer to it


def _deleted(*, instance: models.Model, using: str, **_: Any) -> None:
    _note_row(instance, using)


def _links_changed(
    *, instance: models.Model, action: str, model: type[models.Model], pk_set: Any, using: str, **_: Any
) -> None:
    if action in ("post_add", "post_remove", "pre_clear", "post_clear"):
        _saved(instance=instance, using=using)
        for mirror in _mirrors_of(model):
            _note(mirror, pk_set or (), using)


def _note_row(instance: models.Model, using: str) -> None:
    for mirror in _mirrors_of(type(instance)):
        _note(mirror, [instance.pk], using)


def _note_related(instance: models.Model, using: str) -> None:
    for mirror in registered_mirrors():
        if isinstance(instance, tuple(mirror.related_models)):
            _note(mirror, [row.pk for row in mirror.get_instances_from_related(instance)], using)


def _mirrors_of(model: type[models.Model]) -> list[Mirror[Any, Any]]:
    """Return the mirrors of a model: its own, its proxies' and those of the tables that it inherits from."""
    return [mirror for mirror in registered_mirrors() if issubclass(model, mirror.source._meta.concrete_model or ())]


def _note(mirror: Mirror[Any, Any], pks: Iterable[object], using: str) -> None:
    """Have rows mirrored with the commit, by the batch of this transaction.

    Each savepoint asks for that, because a rollback to it takes back what it asked for.
    """
    if not (pks and read_setting().mirror):
        return
    connection = transaction.get_connection(using)
    entries = [
        (entry[0], entry[1].__self__)
        for entry in connection.run_on_commit
        if isinstance(getattr(entry[1], "__self__", None), MirrorBatch)
    ]
    batch = entries[0][1] if entries else MirrorBatch(using)
    batch.add(mirror, pks)
    if not any(savepoints == set(connection.savepoint_ids) for savepoints, _ in entries):
        # robust: what is committed stays so, and Django logs why its mirror is behind
        transaction.on_commit(batch.send, using=using, robust=True)
