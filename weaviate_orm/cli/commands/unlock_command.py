"""``weaviate-orm unlock``."""

from __future__ import annotations

from weaviate_orm.cli.invocation import HISTORY_NAME, Invocation, command
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import read_owner
from weaviate_orm.migrations.lock import unlock as release


@command(HISTORY_NAME)
def unlock(invocation: Invocation) -> None:
    """Release the lock of migrations, which a process that is gone may have left.

    A process that lives notices it before its next step, and stops.
    """
    output = invocation.output
    with invocation.client() as client:
        history = History(client, invocation.settings.history)
        owner = read_owner(history) if history.exists() else None
        released = release(history)
    holder = None if owner is None else owner.owner
    output.document({"released": released, "owner": holder, "age": None if owner is None else owner.age})
    if not released:
        output.text("Nobody holds the lock.")
    else:
        output.text(f"Released the lock of {holder or 'a process that has not said who it is'}.")
