"""``weaviate-orm rebuild``."""

from __future__ import annotations

import attrs
import click

from weaviate_orm.cli.invocation import HISTORY_NAME, Invocation, command
from weaviate_orm.cli.progress_display import progress_display
from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import MigrationError
from weaviate_orm.migrations.history import History
from weaviate_orm.migrations.lock import locked
from weaviate_orm.migrations.rebuild.alias_conversion import convert_to_alias
from weaviate_orm.migrations.rebuild.behind_alias import rebuild as rebuild_behind_alias
from weaviate_orm.migrations.rebuild.class_bodies import logical_body
from weaviate_orm.migrations.rebuild.collection_move import Rebuilding, RebuildReport
from weaviate_orm.migrations.rebuild.offline import rebuild_offline
from weaviate_orm.migrations.rebuild.rebuild_progress import Report


@command(
    HISTORY_NAME,
    click.argument("collection"),
    click.option("--to-alias", is_flag=True, help="Put an alias in place of the collection's own name."),
    click.option("--offline", is_flag=True, help="Rebuild it under its own name, while nobody uses it."),
    click.option("--verify/--no-verify", default=True, help="Compare all objects; the default."),
)
def rebuild(invocation: Invocation, collection: str, to_alias: bool, offline: bool, verify: bool) -> None:
    """Copy a collection as it is into a new one, while others read and write it.

    The old copy stays, and refuses writes, until `weaviate-orm cleanup`. A collection without an alias is rebuilt
    --offline, with downtime; or --to-alias makes an alias of its name: for some milliseconds that leads nowhere.
    """
    output = invocation.output
    with (
        invocation.client() as client,
        locked(History(client, invocation.settings.history)),
        progress_display(output.errors) as progress,
    ):
        if to_alias:
            report = convert_to_alias(client, collection, verify=verify, progress=progress)
        else:
            report = _rebuild(client, collection, offline, verify, progress)
    output.document(None if report is None else attrs.asdict(report))
    if report is None:
        output.text(f"{collection} is an alias already.")
        return
    for copied in report.collections:
        output.text(f"{copied.logical} is {copied.target} now, with {copied.objects:,} objects.")
    output.text(f"{report.seconds:,.1f} s, of which writes were refused for {report.frozen:,.1f} s.")
    if report.absent:
        output.text(f"For {report.absent:,.2f} s the name led nowhere, or to a part of the objects.")


def _rebuild(client: Client, collection: str, offline: bool, verify: bool, progress: Report) -> RebuildReport:
    aliases = client.alias.list_all()
    is_aliased = collection in aliases
    if not is_aliased and not offline:
        raise MigrationError(
            f"{collection} is no alias; `weaviate-orm rebuild {collection} --to-alias` makes one of its name, and "
            f"--offline rebuilds it while nobody uses it"
        )
    source = aliases.get(collection, collection)
    rebuilding = Rebuilding(collection, source, logical_body(client.schema.get(source), aliases))
    if is_aliased:
        return rebuild_behind_alias(client, [rebuilding], verify=verify, progress=progress)
    return rebuild_offline(client, rebuilding, verify=verify, progress=progress)
