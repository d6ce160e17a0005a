"""Search Python's standard library by what its docstrings mean.

    python examples/search_stdlib.py "compress a file"

The first run stores some 2,300 functions and classes; a later one finds them in place and only searches. The server is
started here and keeps its data in the user's cache, unless ``--url`` names one that runs already, and
``$WEAVIATE_API_KEY`` its key.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import io
import os
import pkgutil
import platform
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from platformdirs import user_cache_path
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from weaviate_orm import AuthApiKey, Client, Field, Hit, Model, Ref, Session, WeaviateORMError, create_all, field, ref
from weaviate_orm.vectorizers import Text2Vec

LEFT_OUT = {"antigravity", "encodings", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "this"}
LEFT_OUT |= {"tkinter", "turtle", "turtledemo"}
"""Modules that do something when they are imported, need a screen, or hold nothing to look for."""


class Module(Model):
    """A module of the standard library."""

    name: Field[str] = field(tokenization="field")
    entries: Ref[list[Entry]] = ref(factory=list)

    class Meta:
        key = "name"


class Entry(Model):
    """A public function or class with a docstring."""

    qualified_name: Field[str] = field(tokenization="field")
    kind: Field[str] = field(tokenization="field", vectorize=False)
    signature: Field[str] = field(tokenization="field", vectorize=False)
    text: Field[str]
    module: Ref[Module]

    class Meta:
        key = "qualified_name"
        vectorizer = Text2Vec.transformers(vectorize_class_name=False)


class Library(Model):
    """The library of one Python. It is stored last: where it is, all the rest is."""

    version: Field[str] = field(tokenization="field")
    modules: Ref[list[Module]] = ref(factory=list)

    class Meta:
        key = "version"


def read_modules() -> list[Module]:
    """The standard library's modules with their entries, from importing them all."""
    names = sorted(name for name in sys.stdlib_module_names - LEFT_OUT if not name.startswith("_"))
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        return [read_module(source) for name in names for source in imported(name)]


def imported(name: str) -> Iterator[ModuleType]:
    """A module and its public submodules, as far as this machine has them."""
    try:
        source = importlib.import_module(name)
    except Exception:  # another system's, or one that was built without it
        return
    yield source
    for below in pkgutil.iter_modules(getattr(source, "__path__", ())):
        if not below.name.startswith("_"):
            yield from imported(f"{name}.{below.name}")


def read_module(source: ModuleType) -> Module:
    """A module with the functions and classes that it defines and documents."""
    module = Module(name=source.__name__)
    names = getattr(source, "__all__", None) or [name for name in vars(source) if not name.startswith("_")]
    members = [(name, getattr(source, name, None)) for name in dict.fromkeys(names)]
    module.entries = [
        Entry(
            qualified_name=f"{source.__name__}.{name}",
            kind="class" if inspect.isclass(member) else "function",
            signature=signature_of(member),
            text=inspect.cleandoc(member.__doc__),
            module=module,
        )
        for name, member in members
        if (inspect.isclass(member) or inspect.isroutine(member)) and member.__module__ == source.__name__
        if isinstance(member.__doc__, str) and member.__doc__.strip()
    ]
    return module


def signature_of(member: Any) -> str:
    """``(file, mode='r')``, or nothing where Python does not know."""
    try:
        return str(inspect.signature(member))
    except (TypeError, ValueError):
        return ""


def store_library(session: Session, console: Console) -> None:
    """Store what is not in place. Ids come from the names, so that an interrupted run is simply run again."""
    version = platform.python_version()
    if Library.query.where(version=version).exists():
        console.print(f"{Entry.query.count():,} entries are in place; nothing is written")
        return
    modules = [module for module in read_modules() if module.entries]
    session.add_all(track(modules, "Storing the standard library", console=console), flush_every=100)
    session.add(Library(version=version, modules=modules))
    session.commit()
    console.print(f"stored {Entry.query.count():,} entries of {len(modules):,} modules")


def table_of(hits: list[Hit[Entry]]) -> Table:
    """The hits, the nearest first."""
    table = Table(expand=True)
    for header in ("Module", "Name", "First line", "Distance"):
        table.add_column(header, no_wrap=True, ratio=1 if header == "First line" else None)
    for hit in hits:
        entry = hit.object
        name = entry.qualified_name.removeprefix(f"{entry.module.name}.")
        table.add_row(entry.module.name, name, escape(entry.text.partition("\n")[0]), f"{hit.distance:.3f}")
    return table


def connect(url: str | None) -> Client:
    """The server that was named, or one of our own."""
    if url is None:
        return Client(f"embedded://{user_cache_path('weaviate-orm') / 'search_stdlib'}")
    key = os.environ.get("WEAVIATE_API_KEY")
    return Client(url, auth_client_secret=AuthApiKey(key) if key else None)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Search Python's standard library by meaning.")
    parser.add_argument("query", help='what is looked for, as "compress a file"')
    parser.add_argument("--limit", type=int, default=10, help="the rows to show (default: %(default)s)")
    parser.add_argument("--url", help="a server that runs already; the default is to start one")
    given = parser.parse_args()
    console = Console()
    try:
        with connect(given.url) as client:
            create_all(client)
            with Session(client) as session:
                store_library(session, console)
                hits = Entry.query.near_text(given.query).include(Entry.module).limit(given.limit).hits()
                console.print(table_of(hits))
    except WeaviateORMError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
