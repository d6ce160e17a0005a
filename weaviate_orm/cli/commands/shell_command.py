"""``weaviate-orm shell``."""

from __future__ import annotations

import code
import sys
from typing import Any

from weaviate_orm.cli.invocation import MODELS, Invocation, command
from weaviate_orm.session.default_client import configure
from weaviate_orm.session.session import Session


@command(MODELS)
def shell(invocation: Invocation) -> None:
    """Start Python with the models, a client and a session.

    IPython is used where it is installed. What stdin has is run where that is no terminal.
    """
    models = invocation.models() if invocation.settings.models else []
    with invocation.client() as client:
        configure(client)
        try:
            with Session(client) as session:
                names: dict[str, Any] = {model.__name__: model for model in models}
                names |= {"client": client, "session": session}
                _interact(names, f"{client.url}: {', '.join(sorted(names))}")
        finally:
            configure(None)


def _interact(names: dict[str, Any], banner: str) -> None:
    if sys.stdin.isatty():
        try:
            from IPython import start_ipython  # pyright: ignore[reportMissingImports]
        except ImportError:
            pass
        else:
            start_ipython(argv=["--no-banner"], user_ns=names)
            return
        code.interact(banner, local=names, exitmsg="")
        return
    interpreter = code.InteractiveInterpreter(names)
    interpreter.runcode(compile(sys.stdin.read(), "<stdin>", "exec"))
