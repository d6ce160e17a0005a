"""``weaviate-orm explore``."""

from __future__ import annotations

import secrets
import sys

import click

from weaviate_orm.cli.invocation import Invocation, command
from weaviate_orm.exceptions import ConfigurationError


@command(
    click.option("--port", type=click.IntRange(0, 65535), default=8181, show_default=True, help="0 takes a free one."),
    click.option(
        "--host",
        default="127.0.0.1",
        show_default=True,
        help="The address of this machine that browsers use. Beyond this machine, pages are not encrypted.",
    ),
    click.option("--write", is_flag=True, help="Let objects be changed and deleted."),
)
def explore(invocation: Invocation, port: int, host: str, write: bool) -> None:
    """Show what the server has stored, on pages for a browser. Models are not needed; ctrl-C ends it.

    The address that it prints has a key, which opens the pages; the API key stays in this process.
    """
    try:
        from weaviate_orm.explorer.guard import KEY_PARAMETER
        from weaviate_orm.explorer.web_application import LOOPBACK, explorer_application, listen, serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("weaviate_orm"):
            raise
        raise ConfigurationError(f'the explorer needs {error.name}: pip install "weaviate-mapper[explorer]"') from error
    output = invocation.output
    with invocation.client() as client, listen(host, port) as listening:
        is_local = host in LOOPBACK
        key = secrets.token_urlsafe(24)
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{listening.getsockname()[1]}/?{KEY_PARAMETER}={key}"
        output.document({"address": address, "server": client.url, "write": write})
        output.text(f"{client.url} is shown at {address}{', which may change it' if write else ''}. Ctrl-C ends it.")
        if not is_local:
            output.text(f"What goes to {host} is not encrypted.", "yellow")
        sys.stdout.flush()
        application = explorer_application(client, key=key, write=write, hosts=LOOPBACK if is_local else (host,))
        serve(application, listening)
