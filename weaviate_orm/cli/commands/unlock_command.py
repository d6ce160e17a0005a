"""``weaviate-orm unlock``."""

from __future__ import annotations

from weaviate_orm.cli.invocation import HISTORY_NAME, Invocation, command
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import read_owner
from weaviate_orm.migrations.lock import unlock as release
from weaviate_orm.migrations.rebuild.behind_alias import resume_writes


@command(HISTORY_NAME)
def unlock(invocation: Invocation) -> None:
    """Release the lock of migrations, which a process that is gone may have left.

    Collections whose rebuild was killed take writes again; the next run goes on with it. A process that lives notices
    all this before its next step, and stops.
    """
    output = invocation.output
    with invocation.client() as client:
        history = History(client, invocation.settings.history)
        owner = read_owner(history) if history.exists() else None
        released = release(history)
        thawed = resume_writes(client)
    holder = None if owner is None else owner.owner
    output.document(
        {"released": released, "owner": holder, "age": None if owner is None else owner.age, "thawed": thawed}
    )
    if not released:
        output.text("Nobody holds the lock.")
    else:
        output.text(f"Released the lock of {holder or 'a process that has not said who it is'}.")
    for name in thawed:
        output.text(f"{name} takes writes again.")
