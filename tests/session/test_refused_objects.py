"""What is refused before it is sent: several objects of one id, and values that cannot be stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest

from tests.empty_collections import empty_collections
from tests.session.library_models import Article, Author, Page, Publication
from weaviate_orm import (
    Client,
    ConfigurationError,
    Field,
    FlushError,
    Model,
    Progress,
    Ref,
    Session,
    SessionError,
    Status,
    ValidationError,
    field,
    inspect,
    ref,
)
from weaviate_orm.exceptions import NotSentError
from weaviate_orm.testing import recorded_requests

Keep = Literal["last", "first"]


class Writer(Model):
    name: Field[str] = field(tokenization="field")
    note: Field[str] = field(default="")
    works: Ref[list[Work]] = ref(inverse="writer", factory=list)

    class Meta:
        name = "TestRefusalsWriter"
        key = "name"


class Work(Model):
    title: Field[str] = field(tokenization="field")
    writer: Ref[Writer | None] = ref(inverse="works", default=None)
    readers: Ref[list[Writer]] = ref(factory=list)

    class Meta:
        name = "TestRefusalsWork"
        key = "title"


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, [Writer, Work]):
        yield


@pytest.fixture
def works(client: Client, collections: None) -> Iterator[Session]:
    with Session(client) as opened:
        opened.query(Work).delete()
        opened.query(Writer).delete()
        yield opened


def texts(client: Client) -> dict[str, str]:
    with Session(client) as other:
        return {page.url: page.text for page in other.query(Page)}


def wrong(page: Page) -> Page:
    """A page that its constructor took, and that cannot be stored."""
    vars(page)["text"] = 7
    return page


# -- several of one key


@pytest.mark.parametrize(("keep", "text"), [("last", "c"), ("first", "a")])
@pytest.mark.parametrize("call", ["add_all", "add_all in steps", "bulk_insert", "bulk_insert with progress", "upsert"])
def test_one_of_several_is_stored(call: str, keep: Keep, text: str, client: Client, session: Session) -> None:
    pages = [Page(url="x", text="x"), *(Page(url="same", text=each) for each in "abc"), Page(url="y", text="y")]
    reports: list[Progress] = []
    calls: dict[str, Callable[[], object]] = {
        "add_all": lambda: session.add_all(pages, on_duplicate=keep),
        "add_all in steps": lambda: session.add_all(pages, on_duplicate=keep, flush_every=100),
        "bulk_insert": lambda: reports.append(session.bulk_insert(pages, on_duplicate=keep)),
        "bulk_insert with progress": lambda: session.bulk_insert(pages, on_duplicate=keep, progress=reports.append),
        "upsert": lambda: session.upsert(pages, on_duplicate=keep),
    }
    calls[call]()
    session.commit()
    assert texts(client) == {"x": "x", "same": text, "y": "y"}
    assert all((report.done, report.stored, report.failed) == (5, 3, 0) for report in reports)
    assert len(reports) == ("bulk" in call)


def test_several_are_an_error_by_default(client: Client, session: Session) -> None:
    pages = [Page(url="x"), Page(url="same", text="a"), Page(url="same", text="b")]
    with recorded_requests(client) as requests:
        session.add_all(pages)
        with pytest.raises(ValidationError, match="have the same url"):
            session.commit()
        session.rollback()
        with pytest.raises(ValidationError, match="have the same url"):
            session.bulk_insert(pages)
    assert requests == []
    with pytest.raises(ValidationError, match="have the same url") as caught:
        session.upsert(pages, on_duplicate="error")
    assert (caught.value.instance, caught.value.field) == (pages[2], "id")
    for verb in ("add_all", "bulk_insert", "upsert"):
        with pytest.raises(ConfigurationError, match='on_duplicate is "last", "first" or "error"'):
            getattr(session, verb)(pages, on_duplicate="lst")
    assert texts(client) == {}


@pytest.mark.parametrize("on_duplicate", ["last", "first", "error"])
def test_what_refers_to_one_that_is_left_out_refers_to_the_other(
    on_duplicate: Any, client: Client, works: Session
) -> None:
    """Rows whose objects are made one by one, each with a writer of its own."""
    rows = [Work(title=f"{number}", writer=Writer(name="Ada", note=f"{number}")) for number in range(30)]
    rows[3].readers = [Writer(name="Bo"), Writer(name="Ada")]
    reports: list[Progress] = []
    Session(client, batch_size=5).bulk_insert(rows, on_duplicate=on_duplicate, progress=reports.append)
    assert [report.done for report in reports] == [10, 20, 30]
    twins = {"error": 9 * 3 + 1}.get(on_duplicate, 0)
    assert (reports[-1].stored, reports[-1].failed) == (30 + 3 + 1, twins)
    assert all(isinstance(failure.object, Writer) for report in reports for failure in report.failures)
    ada = works.query(Writer).where(name="Ada").one()
    note = {"last": "29", "first": "20", "error": "20"}[on_duplicate]  # of several steps the last holds
    assert ada.note == note
    found = works.query(Work).include("writer", "readers").all()
    assert len(found) == 30
    assert all(work.writer is ada for work in found)
    assert {writer.name for work in found for writer in work.readers} == {"Ada", "Bo"}


def test_references_in_memory_lead_to_the_one_that_is_stored(client: Client, works: Session) -> None:
    first, last = Writer(name="Ada", note="first"), Writer(name="Ada", note="last")
    work, other = Work(title="a", writer=first), Work(title="b", writer=last)
    works.add_all([work, other], on_duplicate="last")
    assert (work.writer, other.writer) == (last, last)
    assert {each.title for each in last.works} == {"a", "b"}
    assert (inspect(first).status, inspect(last).status) == (Status.TRANSIENT, Status.PENDING)
    works.commit()
    with recorded_requests(client) as requests:
        works.commit()
    assert requests == []


@pytest.mark.parametrize(("keep", "text"), [("last", "new"), ("first", "old")])
def test_what_the_session_holds_already_is_one_of_several(
    keep: Keep, text: str, client: Client, session: Session
) -> None:
    old = Page(url="a", text="old")
    session.add(old)
    session.commit()
    session.add_all([Page(url="a", text="new")], on_duplicate=keep)
    session.commit()
    assert texts(client) == {"a": text}
    assert (old in session) is (keep == "first")


def test_the_same_object_twice_is_one(client: Client, session: Session) -> None:
    page = Page(url="a")
    found = session.bulk_insert([page, page])
    assert (found.done, found.stored, found.failed) == (2, 1, 0)
    session.add_all([Page(url="b")] * 2)
    session.commit()
    assert texts(client).keys() == {"a", "b"}


# -- values that cannot be stored, and objects that no session takes


def test_each_refusal_is_reported_and_the_rest_is_stored(client: Client, session: Session) -> None:
    taken = Page(url="of another session")
    other = Session(client)
    other.add(taken)
    deleted = Author(name="deleted")
    session.add(deleted)
    session.commit()
    session.delete(deleted)
    session.commit()
    rows: list[Any] = [Page(url=f"{number}") for number in range(20)]
    rows[3], rows[7], rows[11] = wrong(Page(url="w")), Page(url="5"), taken
    rows[13], rows[14] = "no object", Article(title="refers to what is deleted", authors=[deleted])
    reports: list[Progress] = []
    small = Session(client, batch_size=5, workers=2)
    found = small.bulk_insert(rows, progress=reports.append)
    assert (found.done, found.stored, found.failed) == (20, 15, 5)
    failures = {
        index: (failure.operation, type(failure.reason))
        for report in reports
        for failure in report.failures
        for index, row in enumerate(rows)
        if row is failure.object
    }
    assert failures == {
        3: ("create", ValidationError),
        7: ("create", ValidationError),
        11: ("create", SessionError),
        13: ("create", SessionError),
        14: ("create", SessionError),
    }
    assert inspect(rows[3]).error is not None
    assert texts(client).keys() == {f"{number}" for number in range(20)} - {"3", "7", "11", "13", "14"}
    assert taken in other


def test_a_reference_to_what_is_refused_is_a_failure_of_its_own(client: Client, session: Session) -> None:
    author = Author(name="refused")
    vars(author)["born"] = "long ago"
    good = Author(name="good", vector=[1.0, 2.0])
    by_server = Author(name="refused by the server", vector=[1.0])
    session.add(Author(name="sets the length", vector=[1.0, 2.0]))
    session.commit()
    rows = [
        Article(title="a", authors=[author, good]),
        Article(title="b", authors=[good]),
        Article(title="c", authors=[by_server, good]),
        Article(title="d", publication=Publication(name="Vogue")),
    ]
    reports: list[Progress] = []
    session.bulk_insert(rows, progress=reports.append)
    (report,) = reports
    assert {(id(each.object), each.attribute, type(each.reason).__name__) for each in report.failures} == {
        (id(author), None, "ValidationError"),
        (id(by_server), None, "ItemError"),
        (id(rows[0]), "authors", "NotSentError"),
        (id(rows[2]), "authors", "NotSentError"),
    }
    assert (report.done, report.stored, report.failed) == (4, 6, 4)
    stored = {each.title: {author.name for author in each.authors} for each in session.query(Article)}
    assert stored == {"a": {"good"}, "b": {"good"}, "c": {"good"}, "d": set()}
    assert any(isinstance(each.reason, NotSentError) for each in report.failures)


def test_failures_are_in_the_result_of_a_call_without_progress(client: Client, session: Session) -> None:
    rows = [wrong(Page(url=f"{number}")) if number % 10 == 0 else Page(url=f"{number}") for number in range(30)]
    found = Session(client, batch_size=5).bulk_insert(rows, on_error="report")
    assert (found.done, found.stored, found.failed) == (30, 27, 3)
    assert [failure.object for failure in found.failures] == [rows[0], rows[10], rows[20]]


def test_raising_ends_at_the_first_step_with_a_refusal(client: Client, session: Session) -> None:
    rows = [wrong(Page(url=f"{number}")) if number == 12 else Page(url=f"{number}") for number in range(30)]
    reports: list[Progress] = []
    small = Session(client, batch_size=5, workers=2)
    with pytest.raises(ValidationError, match="text needs"):
        small.bulk_insert(rows, on_error="raise", progress=reports.append)
    assert [report.done for report in reports] == [10]
    assert len(texts(client)) == 10
    with pytest.raises(ConfigurationError, match='on_error is "report" or "raise"'):
        small.bulk_insert([], on_error="skip")  # type: ignore[arg-type]


def test_what_an_iterable_gave_before_its_error_is_stored(client: Client, session: Session) -> None:
    def pages() -> Iterator[Page]:
        for number in range(14):
            yield Page(url=f"{number}")
        yield Page(url=14)  # type: ignore[arg-type]

    reports: list[Progress] = []
    with pytest.raises(ValidationError, match="url needs a str"):
        Session(client, batch_size=5, workers=2).bulk_insert(pages(), progress=reports.append)
    assert [report.done for report in reports] == [10, 14]
    assert len(texts(client)) == 14


def test_a_commit_still_refuses_all_of_it(client: Client, session: Session) -> None:
    session.add_all([Page(url="a"), wrong(Page(url="b"))])
    with recorded_requests(client) as requests, pytest.raises(ValidationError):
        session.commit()
    assert requests == []
    session.rollback()
    with pytest.raises(FlushError):
        session.bulk_insert([Author(name="a", vector=[1.0]), Author(name="b", vector=[1.0, 2.0])])
