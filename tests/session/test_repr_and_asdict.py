"""What only looks at an object: it sends nothing, raises nothing, and ends."""

from __future__ import annotations

import copy
import inspect
import io
import pickle
import pprint
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import attrs
import pytest
import rich
from rich.console import Console

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    ConfigurationError,
    Field,
    GeoCoordinates,
    Model,
    QueryError,
    Ref,
    Session,
    SessionError,
    UnknownNameError,
    Vector,
    asdict,
    field,
    ref,
    vector,
)
from weaviate_orm import inspect as inspect_state
from weaviate_orm.testing import recorded_requests


@attrs.define
class Size:
    height: int
    width: int | None = None


class Shelf(Model):
    label: Field[str]
    plan: Field[str] = field(deferred=True, default="")
    books: Ref[list[Book]] = ref(inverse="shelf", factory=list)

    class Meta:
        name = "TestLookingShelf"


class Book(Model):
    title: Field[str]
    sizes: Field[list[Size]] = field(factory=list)
    found: Field[GeoCoordinates | None] = field(default=None)
    shelf: Ref[Shelf | None] = ref(inverse="books", default=None)
    sequels: Ref[list[Book]] = ref(factory=list)
    by_title: Vector = vector(default=None)

    class Meta:
        name = "TestLookingBook"


class Novel(Book):
    """Inherits references and vectors, which attrs does not see."""

    pages: Field[int] = field(default=0)

    class Meta:
        name = "TestLookingNovel"


@pytest.fixture(scope="module")
def filled(client: Client) -> Iterator[None]:
    models: list[type[Model]] = [Shelf, Book]
    with empty_collections(client, models):
        with Session(client) as session:
            shelf = Shelf(label="left", plan="a large one")
            session.add(Book(title="Emma", shelf=shelf, sizes=[Size(20)], by_title=[1.0, 0.5]))
            session.commit()
        yield


@pytest.fixture
def session(client: Client, filled: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


_QUIET = Console(file=io.StringIO(), width=200)

LOOKS: dict[str, Callable[[Any], Any]] = {
    "repr": repr,
    "pprint": pprint.pformat,
    "rich.print": _QUIET.print,
    "rich.inspect": lambda seen: rich.inspect(seen, console=_QUIET, all=True),
    "inspect.getmembers": inspect.getmembers,
    "a debugger": lambda seen: [getattr(seen, name, None) for name in dir(seen)],
    "vars": vars,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "a mock": mock.create_autospec,
    "IPython": lambda seen: [hasattr(seen, name) for name in ("_repr_html_", "_ipython_display_", "__html__")],
    "a notebook": lambda seen: seen._repr_html_(),
    "asdict": asdict,
    "attrs.asdict": attrs.asdict,
    "attrs.astuple": attrs.astuple,
    "attrs.evolve": attrs.evolve,
}


@pytest.mark.parametrize("look", LOOKS)
def test_looking_sends_nothing(client: Client, session: Session, look: str) -> None:
    book = session.query(Book).one()
    shelf = session.query(Shelf).one()
    with recorded_requests(client) as requests:
        LOOKS[look](book)
        if not look.startswith("attrs"):  # it reads all properties, deferred ones too
            LOOKS[look](shelf)
    assert requests == []
    assert session.dirty == ()
    for absent in ("shelf", "sequels", "by_title", "vector"):
        assert absent not in vars(book)


@pytest.mark.parametrize("look", LOOKS)
def test_looking_ends_though_objects_refer_to_each_other(session: Session, look: str) -> None:
    book = session.query(Book).include("shelf__books").with_vector().one()
    assert book.shelf is not None
    assert book.shelf.books == [book]
    LOOKS[look](book)


@pytest.mark.parametrize("look", LOOKS)
def test_detached_objects_are_looked_at(session: Session, look: str) -> None:
    book = session.query(Book).one()
    session.close()
    LOOKS[look](book)


@pytest.mark.parametrize("look", [repr, pprint.pformat, _QUIET.print, dir, inspect.getmembers])
def test_sessions_queries_and_hits_are_looked_at(client: Client, session: Session, look: Callable[[Any], Any]) -> None:
    query = session.query(Book).where(title="Emma")
    hits = query.hits()
    with recorded_requests(client) as requests:
        for seen in (session, client, query, hits, hits[0], Book, Book.title, Book.shelf):
            look(seen)
        look(inspect_state(hits[0].object))
    assert requests == []


def test_rich_shows_what_is_loaded(session: Session) -> None:
    book = session.query(Book).one()
    console = Console(file=io.StringIO(), width=200)
    console.print(book)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.strip() == f"<Book '{book.id}' title='Emma' sizes=[Size(height=20, width=None)]>"


def test_dir_lists_what_is_loaded(session: Session) -> None:
    book = session.query(Book).one()
    assert {"title", "sizes", "id"} <= {*dir(book)}
    assert not {"shelf", "by_title", "vector", "created_at"} & {*dir(book)}
    assert book.shelf is not None
    assert book.created_at is not None
    assert {"shelf", "created_at"} <= {*dir(book)}
    assert {"shelf", "sequels", "by_title", "created_at"} <= {*dir(Book(title="Emma"))}


def test_attrs_sees_the_id_and_the_properties() -> None:
    sequel = Book(title="Sanditon")
    novel = Novel(title="Emma", pages=400, sequels=[sequel], by_title=[1.0, 0.5])
    assert attrs.asdict(novel) == {"id": novel.id, "title": "Emma", "sizes": [], "found": None, "pages": 400}  # type: ignore[arg-type]
    assert attrs.fields(Novel).title.name == "title"  # type: ignore[arg-type]
    assert (novel.by_title, novel.sequels) == ([1.0, 0.5], [sequel])
    other = attrs.evolve(novel, title="Persuasion")  # type: ignore[misc]
    assert (other.title, other.pages, other.sequels) == ("Persuasion", 400, [])
    assert other.id != novel.id


# -- asdict


def test_asdict_gives_what_is_loaded(session: Session) -> None:
    book = session.query(Book).one()
    assert asdict(book) == {"id": book.id, "title": "Emma", "sizes": [{"height": 20, "width": None}], "found": None}
    shelf = book.shelf
    assert shelf is not None
    assert asdict(book)["shelf"] == {"id": shelf.id, "label": "left"}
    assert asdict(book, depth=0)["shelf"] == {"id": shelf.id}
    assert shelf.books == [book]
    assert asdict(book)["shelf"] == {"id": shelf.id, "label": "left", "books": [{"id": book.id}]}
    assert book.by_title is not None
    assert asdict(book)["by_title"] == [1.0, 0.5]


def test_asdict_writes_each_object_out_once_where_it_is_nearest() -> None:
    last = Book(title="last")
    middle = Book(title="middle", sequels=[last])
    first = Book(title="first", sequels=[middle, last])
    last.sequels.append(first)
    with mock.patch.object(Book, "__declared__", {name: Book.__declared__[name] for name in ("title", "sequels")}):
        assert asdict(first) == {
            "id": None,
            "title": "first",
            "sequels": [
                {"id": None, "title": "middle", "sequels": [{"id": None}]},
                {"id": None, "title": "last", "sequels": [{"id": None}]},
            ],
        }


def test_asdict_of_many_that_refer_to_each_other_ends() -> None:
    books = [Book(title=f"{number}") for number in range(200)]
    for book in books:
        book.sequels = books
    assert [len(each.get("sequels", ())) for each in asdict(books[0])["sequels"]] == [0] + [200] * 199
    chain = Book(title="last")
    for number in range(5_000):
        chain = Book(title=f"{number}", sequels=[chain])
    assert asdict(chain)["sequels"][0]["sequels"][0]["title"] == "4997"


def test_asdict_shares_nothing_with_the_object() -> None:
    book = Book(title="Emma", sizes=[Size(20)], found=GeoCoordinates(52.0, 4.0), by_title=[1.0])
    taken = asdict(book)
    assert taken["found"] == {"latitude": 52.0, "longitude": 4.0}
    taken["sizes"].append("more")
    taken["by_title"].append(2.0)
    assert (book.sizes, book.by_title) == ([Size(20)], [1.0])


def test_asdict_with_refs_writes_these_out_in_full(client: Client, session: Session) -> None:
    book = session.query(Book).include("shelf__books").one()
    shelf = book.shelf
    assert shelf is not None
    with recorded_requests(client) as requests:
        plain = {"id": book.id, "title": "Emma", "sizes": [{"height": 20, "width": None}], "found": None}
        assert asdict(book, refs=[]) == plain
        assert asdict(book, refs=["shelf"]) == {**plain, "shelf": {"id": shelf.id, "label": "left"}}
        assert asdict(book, refs=[Book.shelf.books.shelf]) == {
            **plain,
            "shelf": {
                "id": shelf.id,
                "label": "left",
                "books": [{**plain, "shelf": {"id": shelf.id, "label": "left"}}],
            },
        }
        assert asdict(book, refs=["sequels"]) == plain  # not loaded
    assert requests == []


def test_asdict_with_refs_repeats_an_object_that_comes_twice() -> None:
    shelf = Shelf(label="left", books=[Book(title="Emma"), Book(title="Persuasion")])
    shown = asdict(shelf, refs=["books__shelf"])
    assert [book["shelf"]["label"] for book in shown["books"]] == ["left", "left"]
    assert asdict(Book(title="Emma"), refs=["shelf", "sequels"])["shelf"] is None


def test_asdict_refuses_unknown_refs() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'shelf'"):
        asdict(Book(title="Emma"), refs=["shelv"])
    with pytest.raises(QueryError, match="takes references"):
        asdict(Book(title="Emma"), refs=["title"])
    with pytest.raises(ConfigurationError, match="a depth or refs, not both"):
        asdict(Book(title="Emma"), depth=1, refs=["shelf"])


def test_asdict_takes_models() -> None:
    with pytest.raises(SessionError, match="takes instances of models"):
        asdict(Size(1))  # type: ignore[arg-type]
