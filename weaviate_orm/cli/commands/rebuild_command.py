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
from weaviate_orm.migrations.rebuild.rebuild_progress import Report


@command(
    HISTORY_NAME,
    click.argument("collection"),
    click.option("--to-alias", is_flag=True, help="Put an alias in place of the collection's own name."),
    click.option("--verify/--no-verify", default=True, help="Compare all objects; the default."),
)
def rebuild(invocation: Invocation, collection: str, to_alias: bool, verify: bool) -> None:
    """Copy a collection as it is into a new one, while others read and write it.

    The old copy stays, and refuses writes, until `weaviate-orm cleanup`. With --to-alias, the name of a collection
    becomes an alias, so that it can be rebuilt later: for some milliseconds the name leads nowhere.
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
            report = _rebuild(client, collection, verify, progress)
    output.document(None if report is None else attrs.asdict(report))
    if report is None:
        output.text(f"{collection} is an alias already.")
        return
    for copied in report.collections:
        output.text(f"{copied.logical} is {copied.target} now, with {copied.objects:,} objects.")
    output.text(f"{report.seconds:,.1f} s, of which writes were refused for {report.frozen:,.1f} s.")
    if report.absent:
        output.text(f"For {1000 * report.absent:,.0f} ms the name led nowhere.")


def _rebuild(client: Client, collection: str, verify: bool, progress: Report) -> RebuildReport:
    aliases = client.alias.list_all()
    if collection not in aliases:
        raise MigrationError(
            f"{collection} is no alias; `weaviate-orm rebuild {collection} --to-alias` makes one of its name"
        )
    source = aliases[collection]
    body = logical_body(client.schema.get(source), aliases)
    return rebuild_behind_alias(client, [Rebuilding(collection, source, body)], verify=verify, progress=progress)
