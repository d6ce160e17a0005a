"""Whole texts compared as Python compares them: where a query finds one, or writes, and by ``exact``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    Model,
    MultipleResultsError,
    NotFoundError,
    Q,
    QueryError,
    Ref,
    Session,
    field,
    gather,
    ref,
)
from weaviate_orm.http.features import STOPWORDS_BY_LIKE
from weaviate_orm.query.exact_text import check_of, find_unequal, literal, narrow, needs_check
from weaviate_orm.query.filters import EVERYTHING, Filter, simplify
from weaviate_orm.query.query import Query
from weaviate_orm.schema.collection_options import InvertedIndexSpec, MultiTenancySpec
from weaviate_orm.testing import recorded_requests
from weaviate_orm.vectorizers import Text2Vec


class Owner(Model):
    name: Field[str]
    nicknames: Field[list[str]] = field(factory=list)

    class Meta:
        name = "TestExactOwner"


class Status(Model):
    """Its texts are cut in each way."""

    name: Field[str]
    number: Field[int] = field(default=0)
    note: Field[str | None] = field(default=None)
    tags: Field[list[str]] = field(factory=list)
    whole: Field[str] = field(tokenization="field", default="", vectorize=False)
    lowercase: Field[str] = field(tokenization="lowercase", default="x")
    whitespace: Field[str] = field(tokenization="whitespace", default="x")
    trigram: Field[str] = field(tokenization="trigram", default="xxx")
    owner: Ref[Owner | None] = ref(default=None)
    seen_by: Ref[list[Owner]] = ref(factory=list)

    class Meta:
        name = "TestExactStatus"
        vectorizer = Text2Vec.transformers()


class Measured(Model):
    """Its index knows lengths."""

    name: Field[str]
    tags: Field[list[str]] = field(factory=list)

    class Meta:
        name = "TestExactMeasured"
        inverted_index = InvertedIndexSpec(index_property_length=True)


class Many(Model):
    """A word that many have."""

    name: Field[str]
    number: Field[int]

    class Meta:
        name = "TestExactMany"


class Item(Model):
    """Of a tenant, beside owners who are of none."""

    name: Field[str]
    owner: Ref[Owner | None] = ref(default=None)

    class Meta:
        name = "TestExactItem"
        multi_tenancy = MultiTenancySpec(auto_tenant_creation=True)


MODELS = (Item, Owner, Status, Measured, Many)
NAMES = ("Verified", "Not Verified", "verified", " Verified ", "NO", "No way", "!!!", "")


@pytest.fixture(scope="module", autouse=True)
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        with Session(client) as session:
            many = (Many(name=f"exact {number}", number=number) for number in range(2_500) if number != 1_200)
            session.add_all([*many, Many(name="exact", number=1_200)])
            session.commit()
        yield


@pytest.fixture(autouse=True)
def session(client: Client, collections: None) -> Iterator[Session]:
    with Session(client) as session:
        owners = {name: Owner(name=name, nicknames=[name, "somebody else"]) for name in NAMES}
        session.add_all(
            Status(
                name=name,
                number=number,
                note=None if name == "NO" else name,
                tags=[name, f"about {name}"],
                whole=name,
                lowercase=name,
                whitespace=name,
                trigram=name,
                owner=owners[name],
                seen_by=[owners[name], owners["NO"]],
            )
            for number, name in enumerate(NAMES)
        )
        session.add(Status(name="free", number=100))
        session.add_all(Measured(name=name, tags=[name] * number) for number, name in enumerate(NAMES))
        session.commit()
        yield session
        session.rollback()
        for model in (Status, Owner, Measured):
            session.query(model).delete()


def names(query: Any) -> list[str]:
    return sorted(each.name for each in query)


# -- one object


@pytest.mark.parametrize("attribute", ["name", "lowercase", "whitespace", "trigram", "whole", "note"])
def test_one_object_is_found_by_its_whole_text(attribute: str) -> None:
    for name in ("Verified", "Not Verified", " Verified ", "No way"):
        assert Status.query.get(**{attribute: name}).name == name
        assert Status.query.where(**{attribute: name}).one().name == name
        assert Status.query.where(Q(**{attribute: name})).one_or_none().name == name  # type: ignore[union-attr]
    assert Status.query.where(**{attribute: "Verified it"}).one_or_none() is None


def test_what_has_the_words_is_another_object(session: Session) -> None:
    found, is_new = Status.query.get_or_create(name="Not verified", defaults={"number": 7})
    assert (is_new, found.name, found.number) == (True, "Not verified", 7)
    again, is_new = Status.query.get_or_create(name="Not verified")
    assert (is_new, again) == (False, found)
    changed, is_new = Status.query.update_or_create(name="VERIFIED", defaults={"number": 8})
    assert (is_new, changed.number) == (True, 8)
    changed, is_new = Status.query.update_or_create(name="Verified", defaults={"number": 9})
    assert (is_new, changed.number) == (False, 9)
    assert Status.query.where(number=9).one() is changed
    assert Status.query.where(number=0).count() == 0
    with pytest.raises(NotFoundError, match=r"compared as a whole, first\(\) takes what has the words"):
        Status.query.get(name="Verified Not")


def test_several_lookups_and_ways_to_write_them() -> None:
    found, is_new = Status.query.get_or_create(name="Verified", whole="Verified", number=0)
    assert (is_new, found.name) == (False, "Verified")
    assert Status.query.get(name__in=["Verified", "nothing"]).name == "Verified"
    assert Status.query.where(Q(name="Verified") | Q(name="nothing here")).one().name == "Verified"
    assert Status.query.where(Q(name="Verified") & ~Q(number=5)).one().name == "Verified"
    assert Status.query.where(name__ne="Verified", number__lt=2).one().name == "Not Verified"
    assert Status.query.where(~Q(name="Verified"), number__lt=2).one().name == "Not Verified"
    assert Status.query.get(note__ne="Verified", whole__in=["Verified", "NO"]).name == "NO"  # None is not equal either
    # what is no comparison of texts is judged by the server
    assert Status.query.where(Q(name="Verified") | Q(number=100)).order_by("number").first().number == 0  # type: ignore[union-attr]
    assert names(Status.query.where(Q(name__exact="Verified") | Q(number=100))) == ["Verified", "free"]
    assert names(Status.query.where(~(Q(name__exact="Verified") | Q(number__gt=1)))) == ["Not Verified"]
    with pytest.raises(MultipleResultsError):
        Status.query.where(Q(name="Verified") | Q(number=100)).one()


def test_only_equal_ones_are_several(session: Session) -> None:
    session.add(Status(name="Verified", number=50))
    with pytest.raises(MultipleResultsError):
        Status.query.get(name="Verified")
    assert Status.query.get(name="verified").number == 2
    assert names(Status.query.where(name__exact="Verified")) == ["Verified", "Verified"]


def test_texts_across_references() -> None:
    assert Status.query.get(owner__name="Verified").name == "Verified"
    assert Status.query.where(Status.owner.name == "Not Verified").one().name == "Not Verified"
    assert Status.query.get(owner__nicknames="Verified").name == "Verified"
    assert Status.query.get(owner__name__in=["Verified", "nobody"]).name == "Verified"
    assert Status.query.where(seen_by__name="Verified").one().name == "Verified"
    assert Status.query.where(owner__name__ne="Not Verified", number__in=[1, 2, 100]).one().name == "verified"
    assert Status.query.where(~Q(owner__name="Not Verified"), number__in=[1, 100]).one().name == "free"
    found = Status.query.only("number").get(owner__name="Verified")
    assert (found.number, found.owner.name) == (0, "Verified")  # type: ignore[union-attr]


@pytest.mark.needs(STOPWORDS_BY_LIKE)
def test_texts_out_of_a_tenant(client: Client) -> None:
    with Session(client, tenant="one") as session:
        owners = {owner.name: owner for owner in Owner.query}
        session.add_all(Item(name=name, owner=owners[name]) for name in NAMES)
        session.add(Item(name="nobody's"))
        session.commit()
        assert Item.query.get(owner__name="Verified").name == "Verified"
        assert names(Item.query.where(owner__name__exact="verified")) == ["verified"]
        assert names(Item.query.where(Q(owner__name__exact="!!!") | Q(name__exact="NO"))) == ["!!!", "NO"]
        assert Item.query.where(owner__nicknames="nothing").one_or_none() is None
        assert Item.query.where(~Item.owner.name.exact("nothing")).count() == len(NAMES) + 1
        assert Item.query.where(owner__name="No way").delete() == 1
        assert "No way" not in names(Item.query)
        assert Item.query.delete() == len(NAMES)


def test_elements_of_lists() -> None:
    assert Status.query.get(tags="Verified").name == "Verified"
    assert Status.query.get(tags__contains_any=["Verified", "nothing"]).name == "Verified"
    assert Status.query.get(tags__contains_all=["Verified", "about Verified"]).name == "Verified"
    assert Status.query.where(tags__contains_none=["Verified"], number__lt=2).one().name == "Not Verified"
    assert Status.query.where(tags__ne="Verified", number__lt=2).one().name == "Not Verified"


@pytest.mark.wire("graphql")
@pytest.mark.parametrize("page", [100, 1_000])
def test_the_equal_one_is_found_behind_many_that_have_the_words(client: Client, page: int) -> None:
    with recorded_requests(client) as requests:
        assert Many.query.get(name="exact").number == 1_200
        assert 2 <= len(requests) <= 4  # one hundred, and thousands by id
    with recorded_requests(client) as requests:
        assert Many.query.get(name="exact 17").number == 17
        assert len(requests) == 1
    assert [each.number for each in Many.query.where(name__exact="exact").iterator(chunk_size=page)] == [1_200]
    assert Many.query.where(name__exact="exact").count() == 1
    assert Many.query.where(name__exact="exact").order_by("number").first().number == 1_200  # type: ignore[union-attr]
    assert Many.query.where(~Many.name.exact("exact")).count() == 2_499
    assert len(Many.query.where(~Many.name.exact("exact")).all()) == 2_499


def test_one_request_as_before_where_whole_texts_are_indexed(client: Client) -> None:
    with recorded_requests(client) as requests:
        assert Status.query.get_or_create(whole="NO")[1] is False
        assert Status.query.where(whole="No way").count() == 1
        assert Status.query.where(whole__exact="No way").count() == 1
        assert Status.query.where(whole__exact="No way").exists()
        assert Status.query.where(whole__exact="No way").aggregate(Status.number.sum()) == 5
        assert len(requests) == 5
        assert Status.query.where(whole="No way").delete() == 1
        assert Status.query.where(whole__exact="!!!").delete() == 1
        assert [request.method for request in requests[5:]] == ["DELETE", "DELETE"]
    # the server trims what it compares; what it finds is compared again
    assert Status.query.get(whole="Verified").name == "Verified"
    assert Status.query.get(whole=" Verified ").name == " Verified "


# -- what is written


@pytest.mark.needs(STOPWORDS_BY_LIKE)
def test_what_is_equal_is_deleted(session: Session) -> None:
    kept = Status.query.get(name="Not Verified")
    assert Status.query.where(name="Verified").delete() == 1
    assert names(Status.query) == sorted({*NAMES, "free"} - {"Verified"})
    assert Status.query.where(owner__name__in=["NO", "verified"]).delete() == 2
    assert Status.query.where(tags="No way").delete() == 1
    assert names(Status.query) == sorted({*NAMES, "free"} - {"Verified", "NO", "verified", "No way"})
    assert Status.query.where(name__exact="").delete() == 1
    assert Status.query.where(~Status.name.exact("Not Verified")).delete() == 3
    assert Status.query.all() == [kept]


def test_what_is_equal_is_updated() -> None:
    assert Status.query.where(name="Verified").update(number=77) == 1
    assert Status.query.get(number=77).name == "Verified"
    assert Status.query.where(name__exact="!!!", number=6).update(name="bang") == 1
    assert Status.query.where(name="Verified", number__gte=0).order_by("number").limit(5).update(number=78) == 1


@pytest.mark.parametrize(
    "condition",
    [
        Status.name != "Verified",
        ~(Status.name == "Verified"),
        (Status.number > 3) & ~((Status.name == "NO") | (Status.number == 4)),
        Status.tags != "Verified",
        ~Status.tags.contains_any(["Verified"]),
        ~Status.owner.name.in_(["Verified"]),
    ],
)
def test_more_is_unequal_than_all_shows(client: Client, condition: Filter) -> None:
    query = Status.query.where(condition)
    with recorded_requests(client) as requests:
        for write in (query.delete, lambda: query.update(number=1)):
            with pytest.raises(QueryError, match=r"more are unequal to this .* than all\(\)"):
                write()
        assert requests == []


def test_words_are_deleted_by_words() -> None:
    assert Status.query.where(Status.name.contains_all(["verified"])).delete() == 4
    assert Status.query.where(Status.name.like("no*")).delete() == 2
    assert Status.query.where(Status.tags.contains_none(["about"])).delete() == 1
    # of "field" as many are unequal as all() shows
    assert Status.query.where(~(Status.whole == "free"), number=6).delete() == 1


# -- exact, everywhere


def test_exact_in_every_verb(client: Client) -> None:
    query = Status.query.where(name__exact="Verified")
    assert names(query) == ["Verified"]
    assert query.first() == query[0] == query.one()
    assert query.exists()
    assert query.count() == 1
    assert query.values_list("number", flat=True) == [0]
    assert query.values("hit__created_at")[0].keys() == {"hit__created_at"}
    assert [hit.object.name for hit in query.with_metadata("created_at").hits()] == ["Verified"]
    assert names(query.iterator()) == ["Verified"]
    assert query.offset(1).all() == []
    assert query.limit(1).all() == query.all()
    assert [list(each) for each in gather(query, Status.query.where(number=1))] == [
        [query.one()],
        [Status.query.get(number=1)],
    ]
    assert not Status.query.where(name__exact="VERIFIED").exists()
    assert Status.query.where(name__exact="VERIFIED").count() == 0
    assert "Equal" in query.graphql()
    assert query.explain().reading == "keyset"
    assert names(query.include("owner").only("number")) == ["Verified"]
    both = Status.query.where(name__iexact="verified").order_by("number")
    assert [each.number for each in both] == [0, 2]
    assert [each.number for each in both.limit(1).offset(1)] == [2]
    assert both[1].number == 2
    assert both.offset(1).count() == 1


def test_exact_within_searches(client: Client) -> None:
    for search in (Status.query.near_text("verified"), Status.query.bm25("verified"), Status.query.hybrid("verified")):
        exact = search.where(name__exact="Verified")
        assert names(exact) == ["Verified"]
        assert [hit.object.name for hit in exact.limit(1).hits()] == ["Verified"]
        assert search.where(name="Verified").one().name == "Verified"
    assert Status.query.bm25("verified").where(name__exact="Verified").count() == 1
    calls: list[Callable[[], object]] = [
        lambda: Status.query.where(name__exact="x").near_text("a").autocut(1),
        lambda: Status.query.near_text("a").group_by("number").where(name__exact="x"),
    ]
    for refused in calls:
        with pytest.raises(QueryError, match="made of all that Weaviate finds"):
            refused()
    # of "field" the server finds what is equal, and nothing else
    near = Status.query.near_text("verified").where(whole="NO").limit(3)
    assert names(near.autocut(1)) == ["NO"]
    assert near.autocut(1).one().name == "NO"
    with pytest.raises(QueryError, match="aggregates what it finds by words"):
        Status.query.where(name__exact="x").aggregate(Status.number.sum())
    with pytest.raises(QueryError, match="aggregates what it finds by words"):
        Status.query.where(name__exact="x").aggregate_by("number")


@pytest.mark.needs(STOPWORDS_BY_LIKE)
@pytest.mark.parametrize("attribute", ["name", "lowercase", "whitespace", "trigram", "whole", "note", "owner__name"])
@pytest.mark.parametrize("text", [*NAMES, "nothing", "VERIFIED"])
def test_exact_and_iexact_are_pythons(attribute: str, text: str) -> None:
    def same(stored: str) -> bool:
        return stored == text

    expected = [name for name in NAMES if same(name) and not (attribute == "note" and name == "NO")]
    assert names(Status.query.where(name__ne="free", **{f"{attribute}__exact": text})) == expected
    folded = [name for name in NAMES if name.lower() == text.lower() and not (attribute == "note" and name == "NO")]
    if text or attribute != "whole":
        assert names(Status.query.where(name__ne="free", **{f"{attribute}__iexact": text})) == sorted(folded)


@pytest.mark.needs(STOPWORDS_BY_LIKE)
def test_exact_of_lists() -> None:
    assert names(Status.query.where(tags__exact=["Verified", "about Verified"])) == ["Verified"]
    assert names(Status.query.where(tags__exact=["about Verified", "Verified"])) == []
    assert names(Status.query.where(Status.tags.exact([]))) == ["free"]
    assert names(Status.query.where(tags__iexact=["verified", "ABOUT VERIFIED"])) == ["Verified", "verified"]
    assert names(Status.query.where(tags__exact="Verified")) == ["Verified"]
    assert names(Measured.query.where(tags__exact=["verified"] * 2)) == ["verified"]
    assert Status.query.get_or_create(tags__exact=["a", "b"], defaults={"name": "listed"})[0].tags == ["a", "b"]


@pytest.mark.needs(STOPWORDS_BY_LIKE)
def test_exact_of_what_is_no_text_is_equality() -> None:
    assert names(Status.query.where(number__exact=100)) == ["free"]
    assert names(Status.query.where(note__exact="NO")) == []
    assert Status.query.where(owner__exact=Owner.query.get(name="NO")).one().name == "NO"
    calls: list[Callable[[], object]] = [
        lambda: Status.number.iexact(3),  # type: ignore[arg-type]
        lambda: Status.owner.count == "x",
    ]
    for refused in calls:
        with pytest.raises(QueryError):
            refused()


def test_many_values_are_one_comparison() -> None:
    many = Status.query.where(name__in=[f"Verified {number}" for number in range(500)] + ["Not Verified"])
    assert many.one().name == "Not Verified"
    with pytest.raises(NotFoundError, match=r"ContainsAny valueText: \[\"Verified 0\""):
        Status.query.where(name__in=["Verified 0", "Verified 1"]).one()


def test_lengths_narrow_what_is_read(client: Client) -> None:
    query = Measured.query.where(name__exact="!!!")
    assert "len(name)" in query.graphql()
    assert names(query) == ["!!!"]
    assert names(Measured.query.where(name__exact="")) == [""]
    assert "where" not in Status.query.where(name__exact="!!!").graphql()


# -- pure


def conditions() -> st.SearchStrategy[Filter]:
    texts = st.sampled_from(["a", "b", "a b", "!"])
    leaves = st.one_of(
        texts.map(lambda text: Status.name.exact(text)),
        texts.map(lambda text: Status.whole.exact(text)),
        st.sampled_from(["a", "b"]).map(lambda text: literal(Status.name != text)),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: pair[0] & pair[1]),
            st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
            inner.map(lambda condition: ~condition),
        ),
        max_leaves=6,
    )


def truth(condition: Any, name: str, whole: str) -> bool:
    kind = type(condition).__name__
    if kind == "Not":
        return not truth(condition.operand, name, whole)
    if kind in ("And", "Or"):
        return (all if kind == "And" else any)(truth(each, name, whole) for each in condition.operands)
    value = name if condition.path.member.attribute == "name" else whole
    if kind == "Exact":
        return (value in condition.values) is not (condition.operator.name == "NOT_EQUAL")
    assert condition.operator.name == "EQUAL"  # by words
    words, sought = (value.split(), condition.value.split())
    return set(sought) <= set(words) if condition.path.member.attribute == "name" else value == condition.value


ROWS = st.tuples(st.sampled_from(["a", "b", "a b", "b a", "!", "c"]), st.sampled_from(["a", "b", "a b", "!"]))


@given(conditions(), ROWS)
def test_the_check_is_the_condition_and_the_server_finds_at_least_that(condition: Filter, row: tuple[str, str]) -> None:
    check = check_of(Query(Status.__mapper__.entity, where=condition))
    holds = check.holds("x", {"name": row[0], "whole": row[1]}, [])
    assert holds is truth(condition, *row)
    if holds:
        assert truth(simplify(narrow(condition)), *row)
    assert check.server_conditions == ()


def test_what_only_the_server_judges_is_asked_for() -> None:
    def asked(condition: Filter) -> int:
        return len(check_of(Query(Status.__mapper__.entity, where=condition)).server_conditions)

    exact, number = Status.name.exact("a"), Status.number > 3
    assert asked(exact & number) == 0
    assert asked(exact | number) == 1
    assert asked(exact | (number & Status.name.like("a*"))) == 1
    assert asked((exact & number) | Status.number.in_([1])) == 2
    assert simplify(narrow(~exact)) == EVERYTHING
    assert simplify(narrow(exact & number)) == (Status.name == "a") & number


def test_what_is_negated() -> None:
    assert find_unequal(Status.name == "a") is None
    assert find_unequal(~~(Status.name == "a")) is None
    assert find_unequal(~(Status.name != "a")) is None
    assert find_unequal(Status.whole != "a") is None
    assert find_unequal(~Status.name.exact("a")) is None
    assert str(find_unequal((Status.number == 1) | (Status.name != "a"))) == "Status.name"
    assert not needs_check(literal(Status.name.like("a")))
