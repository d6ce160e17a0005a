"""Values as notebooks and debuggers show them: short, and escaped where they are HTML."""

from __future__ import annotations

import array
from collections.abc import Iterator
from typing import Any

import attrs
import numpy
import pytest

from tests.empty_collections import empty_collections
from tests.shown_models import HOSTILE, Note
from weaviate_orm import Client, Hit, Session, inspect
from weaviate_orm.query.results import Hits
from weaviate_orm.shown_values import brief, html_table, shortened, shortened_document
from weaviate_orm.testing import recorded_requests


@attrs.define
class Price:
    amount: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("short", "'short'"),
        (None, "None"),
        ([1, 2], "[1, 2]"),
        (Price(3), "Price(amount=3)"),
        ([0.123456789] * 768, "[0.1235, 0.1235, 0.1235, … 768 in all]"),
        (array.array("f", [0.5] * 9), "[0.5, 0.5, 0.5, … 9 in all]"),
        (numpy.full(1536, 0.25, dtype=numpy.float32), "[0.25, 0.25, 0.25, … 1,536 in all]"),
        (numpy.float32(0.5), repr(numpy.float32(0.5))),
        (numpy.array([0.5, 1.0]), "[0.5, 1]"),
        ([[0.5] * 9] * 8, "[[0.5, 0.5, 0.5, … 9 in all], [0.5, 0.5, 0.5, … 9 in all], …"),
        (bytes(4000), r"b'\x00\x00\x00\x00\x00\x00'… 4,000 bytes"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_shortened(value: Any, text: str) -> None:
    assert shortened(value) == text


@pytest.mark.parametrize("value", ["x" * 4000, ["y" * 4000] * 4000, {"z" * 90: "z" * 4000}, Price(10**3000)])
def test_nothing_is_long(value: Any) -> None:
    assert len(shortened(value)) <= 60


def test_what_would_fill_a_screen_is_brief() -> None:
    assert brief("x") == "x"
    assert brief([1, 2]) == [1, 2]
    for value in ("x" * 4000, [1] * 4000, bytes(4000)):
        assert len(repr(brief(value))) <= 200


def test_vectors_and_texts_of_queries_are_shortened() -> None:
    vector = ", ".join(["0.25"] * 1536)
    document = f'{{Get{{A(nearVector:{{vector:[{vector}]}} bm25:{{query:"{"words " * 400}"}}){{title}}}}}}'
    assert shortened_document(document) == (
        "{Get{A(nearVector:{vector:[0.25, 0.25, 0.25, … 1,536 in all]} "
        'bm25:{query:"words words words words words words word…"}){title}}}'
    )
    short = '{Get{A(where:{path:["id"] valueText:"x"}){title}}}'
    assert shortened_document(short) == short


def test_tables_are_escaped() -> None:
    shown = html_table([HOSTILE], [[HOSTILE], [[HOSTILE]]], HOSTILE)
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 4


# -- models, hits, states


def test_models_have_short_reprs() -> None:
    note = Note(text="long " * 1000, numbers=[0.5] * 1000)
    assert repr(note) == (
        "<Note transient text='long long long long long long long long long long long lon… "
        "numbers=[0.5, 0.5, 0.5, … 1,000 in all]>"
    )
    assert len(repr(Hit(object=note, id=note.id, distance=0.25))) < 300
    assert len(repr(Note.text == "long " * 1000)) < 200
    assert len(repr(Note.id.in_([note.id] * 1000))) < 200


def test_hits_say_what_they_have() -> None:
    note = Note(text="Emma")
    hit = Hit(object=note, id=note.id, distance=0.25)
    assert repr(hit) == f"Hit({note!r}, distance=0.25)"
    assert repr(Hits([hit, hit])) == f"[{hit!r}, {hit!r}]"
    assert repr(Hits([hit] * 30)).endswith(", … 30 in all]")
    assert "score" not in hit._repr_html_()
    assert "<td>0.25</td>" in hit._repr_html_()


def test_html_of_models_is_escaped() -> None:
    note = Note(text=HOSTILE, numbers=[0.5] * 1000)
    hit = Hit(object=note, id=note.id, generated=HOSTILE)
    for shown in (note, hit, Hits([hit]), inspect(note)):
        page = shown._repr_html_()
        assert "<script" not in page
        assert len(page) < 1500
    assert "&lt;script&gt;" in note._repr_html_()
    assert "0.5, 0.5, 0.5, … 1,000 in all" in note._repr_html_()


# -- query sets


@pytest.fixture(scope="module")
def notes(client: Client) -> Iterator[list[Note]]:
    """More notes than are shown."""
    stored = [Note(text=f"number {number} {HOSTILE}", vector=[1.0, float(number)]) for number in range(12)]
    with empty_collections(client, [Note]):
        with Session(client) as session:
            session.add_all(stored)
            session.commit()
        yield stored


def test_a_query_set_is_shown_by_one_request(client: Client, notes: list[Note]) -> None:
    with Session(client) as session:
        session.add(Note(text="pending"))
        query = session.query(Note)
        with recorded_requests(client) as requests:
            shown = query._repr_html_()
        assert len(requests) == 1  # and so the pending note was not sent
        assert len(session.new) == 1
        session.rollback()
    assert shown.count("<tr>") == 11
    assert "The first 10 Note objects" in shown
    assert "one request" in shown
    assert "<script" not in shown


def test_searches_are_shown_with_what_they_say(client: Client, notes: list[Note]) -> None:
    with Session(client) as session:
        for query, header in (
            (session.query(Note).bm25("number"), "hit__score"),
            (session.query(Note).near_vector([1.0, 0.5]).limit(3), "hit__distance"),
        ):
            with recorded_requests(client) as requests:
                shown = query._repr_html_()
            assert len(requests) == 1
            assert f"<th>{header}</th>" in shown


def test_groups_are_shown_by_one_request(client: Client, notes: list[Note]) -> None:
    with Session(client) as session:
        query = session.query(Note).near_vector([1.0, 0.5]).group_by("text", groups=3)
        with recorded_requests(client) as requests:
            shown = query._repr_html_()
        assert len(requests) == 1
        assert "3 Note objects" in shown
        groups = query.groups()
    assert "<script" not in groups._repr_html_()
    assert "<caption>3 groups</caption>" in groups._repr_html_()
    assert len(repr(groups)) < 2000


def test_what_is_compared_here_is_shown_by_one_request(client: Client, notes: list[Note]) -> None:
    with Session(client) as session, recorded_requests(client) as requests:
        shown = session.query(Note).where(text__exact="number 3")._repr_html_()
    assert len(requests) == 1
    assert "Texts are compared by the server" in shown


def test_a_query_of_nothing_sends_nothing(client: Client, notes: list[Note]) -> None:
    with Session(client) as session, recorded_requests(client) as requests:
        shown = session.query(Note).where(id__in=[])._repr_html_()
    assert requests == []
    assert "Sent for this: nothing" in shown


def test_a_query_that_fails_says_why(client: Client, notes: list[Note]) -> None:
    with Session(client) as session:
        shown = session.query(Note).near_vector([1.0, 0.5, 0.25])._repr_html_()
    assert "The objects could not be read" in shown
