"""Filters: texts by their parts, Q objects, and what the inverted index cannot answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timezone

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    Model,
    Q,
    QueryError,
    QuerySet,
    Ref,
    Session,
    UnknownNameError,
    field,
    ref,
)
from weaviate_orm.testing import recorded_requests

NAMES = ["a*b", "axb", "a?b", "a\\b", "axxb", "a.b", "Big Cat", "big dog", "bigger"]


class Sign(Model):
    """Texts in several tokenizations; its index answers neither nulls, nor lengths, nor times."""

    whole: Field[str] = field(tokenization="field")
    words: Field[str] = field(default="")
    number: Field[int | None] = field(default=None)
    next: Ref[Sign | None] = ref(default=None)

    class Meta:
        name = "TestFilterSign"


@pytest.fixture(scope="module")
def signs(client: Client) -> Iterator[None]:
    with empty_collections(client, [Sign]):
        with Session(client) as session:
            session.add_all(Sign(whole=name, words=name, number=number) for number, name in enumerate(NAMES))
            session.commit()
        yield


@pytest.fixture
def session(client: Client, signs: None) -> Iterator[Session]:
    with Session(client) as opened:
        yield opened


def found(query: QuerySet[Sign]) -> set[str]:
    return {sign.whole for sign in query}


def test_texts_by_their_parts(session: Session) -> None:
    whole = Sign.whole
    for text in ("ig", "ig C", "a", ".", "\\", "Big Cat", "big"):
        assert found(Sign.query.where(whole.contains(text))) == {name for name in NAMES if text in name}, text
        assert found(Sign.query.where(whole__startswith=text)) == {n for n in NAMES if n.startswith(text)}, text
        assert found(Sign.query.where(whole__endswith=text)) == {name for name in NAMES if name.endswith(text)}, text
    assert found(Sign.query.where(whole.startswith("big"))) == {"big dog", "bigger"}
    assert found(Sign.query.where(whole.endswith("og"))) == {"big dog"}
    # by words: each word of the text is looked for by itself, and case does not matter
    assert found(Sign.query.where(words__startswith="big")) == {"Big Cat", "big dog", "bigger"}
    assert found(Sign.query.where(Sign.words.endswith("g"))) == {"Big Cat", "big dog"}
    assert found(Sign.query.where(words__contains="ig ca")) == {"Big Cat"}


def test_no_escape_makes_a_wildcard_stand_for_itself(session: Session) -> None:
    # the measurement that contains() and its like stand on: a backslash is a character like any other
    assert found(Sign.query.where(Sign.whole.like("a\\*b"))) == {"a\\b"}
    assert "axb" in found(Sign.query.where(Sign.whole.like("a?b")))
    for text in ("*", "a?", "what? *all*"):
        for make in (Sign.whole.contains, Sign.whole.startswith, Sign.whole.endswith):
            with pytest.raises(QueryError, match="no way to write it in a pattern; like"):
                make(text)


def test_q_objects_make_the_same_tree_as_expressions(session: Session) -> None:
    pairs = [
        (Q(number__gt=3) | Q(whole="axb"), (Sign.number > 3) | (Sign.whole == "axb")),
        (Q(number__gt=3, whole="a.b"), (Sign.number > 3) & (Sign.whole == "a.b")),
        (~Q(number__gt=3) & Q(whole="axb"), ~(Sign.number > 3) & (Sign.whole == "axb")),
        (Q(number__gt=3) | (Sign.whole == "axb"), (Sign.number > 3) | (Sign.whole == "axb")),
        ((Sign.whole == "axb") | Q(number__gt=3), (Sign.whole == "axb") | (Sign.number > 3)),
        ((Sign.whole == "axb") & ~Q(number__gt=3), (Sign.whole == "axb") & ~(Sign.number > 3)),
        (Q(Q(number=1) | Q(number=2), whole="axb"), ((Sign.number == 1) | (Sign.number == 2)) & (Sign.whole == "axb")),
        (Q(Sign.number == 1), Sign.number == 1),
        (Q() | Q(number=1), Sign.number == 1),
        (Q(number=1) & Q(), Sign.number == 1),
    ]
    for made, expected in pairs:
        assert Sign.query.where(made).graphql() == Sign.query.where(expected).graphql()
    collected = Q()
    for number in (1, 2, 6):
        collected |= Q(number=number)
    assert found(Sign.query.where(collected)) == {"axb", "a?b", "Big Cat"}
    assert found(Sign.query.where(~Q())) == set(NAMES)
    assert Sign.query.where(Q()).graphql() == Sign.query.graphql()


OPAQUE: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: Sign.query.where(number=None), QueryError, "declare index_null_state=True"),
    (lambda: Sign.query.where(Sign.number.is_null()), QueryError, "declare index_null_state=True"),
    (lambda: Sign.query.where(number__isnull=False), QueryError, "declare index_null_state=True"),
    (lambda: Sign.query.where(Sign.whole.length > 2), QueryError, "declare index_property_length=True"),
    (lambda: Sign.query.where(whole__len=2), QueryError, "declare index_property_length=True"),
    (lambda: Sign.query.where(Sign.created_at > datetime.now(timezone.utc)), QueryError, "index_timestamps=True"),
    (lambda: Sign.query.where(next__updated_at__lt=datetime.now(timezone.utc)), QueryError, "index_timestamps=True"),
    (lambda: Sign.query.where(next__number=None), QueryError, "Sign.next.number IsNull: Sign does not index null"),
    (lambda: Sign.query.where(id=None), QueryError, "is never null"),
    (lambda: Sign.query.where(number__contains="1"), QueryError, "asks for text, and this is int"),
    (lambda: Sign.query.where(whole__contains=1), QueryError, "needs a str"),
    (lambda: Sign.query.where(whole__contains=""), QueryError, "every text holds the empty one"),
    (lambda: Sign.query.where(whole__endswith="x "), QueryError, "Weaviate trims texts"),
    (lambda: Sign.query.where(whole__startswith=" x"), QueryError, "Weaviate trims texts"),
    (lambda: Sign.query.where(next__contains="x"), QueryError, "Sign.next is no text"),
    (lambda: Sign.query.where(Q(nubmer=1)), UnknownNameError, "did you mean 'number'"),
    (lambda: Q("number"), QueryError, "Q takes lookups"),  # type: ignore[arg-type]
    (lambda: bool(Q(number=1)), TypeError, "no truth of its own"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), OPAQUE)
def test_what_the_index_cannot_answer_is_refused_with_the_setting_that_would(
    client: Client, session: Session, mistake: Callable[[], object], kind: type[Exception], message: str
) -> None:
    with recorded_requests(client) as requests, pytest.raises(kind, match=message):
        made = mistake()
        if isinstance(made, Q):
            made.resolve(Sign.__mapper__.entity)
    assert requests == []


def test_the_null_of_a_reference_needs_no_index(session: Session) -> None:
    assert Sign.query.where(next=None).count() == len(NAMES)
    assert Sign.query.where(Sign.next.is_null(False)).count() == 0
