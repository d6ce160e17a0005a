"""Search Python's standard library by the meaning of its docstrings.

    python examples/search_stdlib.py "compress a file"

The first run stores about 2,300 functions and classes in an embedded server, whose data stay in the user's cache; later
runs only search. ``--url`` names a server that runs already, and ``$WEAVIATE_API_KEY`` its key.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import inspect
import os
import pkgutil
import platform
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType

import rich
from platformdirs import user_cache_path
from rich.markup import escape
from rich.progress import track
from rich.table import Column, Table

from weaviate_orm import AuthApiKey, Client, Field, Model, Ref, Session, WeaviateORMError, create_all, field, ref
from weaviate_orm.vectorizers import Text2Vec

EXCLUDED = {"antigravity", "encodings", "idlelib", "lib2to3", "test", "this", "tkinter", "turtle", "turtledemo"}
"""Modules that have side effects when they are imported, need a screen, or are not worth searching."""


class Module(Model):
    """A module of the standard library."""

    name: Field[str] = field(tokenization="field")
    entries: Ref[list[Entry]] = ref(factory=list)

    class Meta:
        key = "name"


class Entry(Model):
    """A public function or class with a docstring."""

    qualified_name: Field[str] = field(tokenization="field")
    kind: Field[str] = field(tokenization="field", vectorize=False, default="function")
    signature: Field[str | None] = field(tokenization="field", vectorize=False, default=None)
    text: Field[str]
    module: Ref[Module]

    class Meta:
        key = "qualified_name"
        vectorizer = Text2Vec.transformers(vectorize_class_name=False)


class Library(Model):
    """The library of a version of Python. It is stored last, so its presence means that the entries are complete."""

    version: Field[str] = field(tokenization="field")

    class Meta:
        key = "version"


def main() -> None:
    """Store the library, unless it is stored already, and search it."""
    parser = argparse.ArgumentParser(description="Search Python's standard library by meaning.")
    parser.add_argument("query", help='the text to search for, such as "compress a file"')
    parser.add_argument("--url", help="a server that runs already; by default one is started here")
    arguments = parser.parse_args()
    try:
        with connect(arguments.url) as client, Session(client) as session:
            create_all(client)
            store_library(session)
            rich.print(search(arguments.query))
    except WeaviateORMError as error:
        sys.exit(f"error: {error}")


def connect(url: str | None) -> Client:
    """Connect to the server at a URL, or to an embedded one."""
    key = os.environ.get("WEAVIATE_API_KEY") if url else None
    url = url or f"embedded://{user_cache_path('weaviate-orm') / 'search_stdlib'}"
    return Client(url, auth_client_secret=AuthApiKey(key) if key else None)


def store_library(session: Session) -> None:
    """Store the library unless it is stored already.

    The ids come from the names, so an interrupted run can simply be repeated.
    """
    library = Library(version=platform.python_version())
    if session.get(Library, library.id):
        rich.print(f"{Entry.query.count():,} entries are in place; nothing is written")
        return
    session.add_all(track(list(read_modules()), "Storing the standard library"), flush_every=100)
    session.add(library)
    session.commit()
    rich.print(f"{Entry.query.count():,} entries of {Module.query.count():,} modules are stored")


def search(text: str) -> Table:
    """Return a table of the entries whose docstrings are nearest to a text."""
    table = Table("Module", "Name", Column("First line", no_wrap=True, ratio=1), "Distance", expand=True)
    for hit in Entry.query.near_text(text).include(Entry.module).limit(10).hits():
        entry, module = hit.object, hit.object.module
        name, first_line = entry.qualified_name.rpartition(".")[2], entry.text.partition("\n")[0]
        table.add_row(module.name, name, escape(first_line), f"{hit.distance:.3f}")
    return table


def read_modules() -> Iterator[Module]:
    """Yield the standard library's modules with their entries."""
    names = sorted(name for name in sys.stdlib_module_names - EXCLUDED if not name.startswith("_"))
    with warnings.catch_warnings(), contextlib.redirect_stdout(None):
        warnings.simplefilter("ignore")
        for source in (source for name in names for source in import_modules(name)):
            module = Module(name=source.__name__)
            module.entries = list(read_entries(source, module))
            yield module


def import_modules(name: str) -> Iterator[ModuleType]:
    """Import and yield a module and its public submodules, if this machine has them."""
    try:
        source = importlib.import_module(name)
    except Exception:  # belongs to another system, or was excluded when this Python was built
        return
    yield source
    for submodule in pkgutil.iter_modules(getattr(source, "__path__", ())):
        if not submodule.name.startswith("_"):
            yield from import_modules(f"{name}.{submodule.name}")


def read_entries(source: ModuleType, module: Module) -> Iterator[Entry]:
    """Yield the public functions and classes that a module defines and documents."""
    public = getattr(source, "__all__", None) or [name for name in vars(source) if not name.startswith("_")]
    for name, member in inspect.getmembers(source, lambda value: inspect.isclass(value) or inspect.isroutine(value)):
        if name in public and member.__module__ == source.__name__ and isinstance(member.__doc__, str):
            entry = Entry(qualified_name=f"{module.name}.{name}", text=inspect.cleandoc(member.__doc__), module=module)
            entry.kind = "class" if inspect.isclass(member) else "function"
            with contextlib.suppress(TypeError, ValueError):  # some built-in functions have no signature
                entry.signature = str(inspect.signature(member))
            yield entry


if __name__ == "__main__":
    main()
