"""Logical and physical names of collections."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from weaviate_orm.exceptions import ConnectionFailedError, GraphQLError, ItemError, UnexpectedStatusError
from weaviate_orm.http import collection_names
from weaviate_orm.http.collection_names import (
    SWITCHING,
    CollectionNames,
    OutdatedNamesError,
    declare_alias,
    is_frozen,
)


class Article:
    """A model stands for it: only its existence matters."""


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    declare_alias("NamedArticle", Article)
    yield
    collection_names._declared.pop("NamedArticle", None)


class Aliases:
    """Answers the reading of aliases, and counts it."""

    def __init__(self, *answers: Mapping[str, str] | Exception) -> None:
        self.answers = list(answers)
        self.count = 0

    def __call__(self, persistent: bool) -> Mapping[str, str]:
        self.count += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def gone(message: str = 'class "NamedArticle_1" does not exist in schema') -> GraphQLError:
    return GraphQLError([message], document="{Get{X}}")


def test_names_are_read_once_and_only_for_aliases() -> None:
    read = Aliases({"NamedArticle": "NamedArticle_3", "Latest": "Report"})
    names = CollectionNames(read)
    assert names.physical("Author") == "Author"
    assert read.count == 0
    assert [names.physical("NamedArticle") for _ in range(3)] == ["NamedArticle_3"] * 3
    assert names.physical("Latest") == "Report"
    assert names.physical("Author") == "Author"
    assert read.count == 1


def test_the_way_back_leads_to_aliases_of_our_own() -> None:
    read = Aliases({"Old": "NamedArticle_3", "NamedArticle": "NamedArticle_3", "News": "Report"})
    names = CollectionNames(read)
    assert names.logical("Author_3") == "Author_3"
    assert read.count == 0
    assert names.logical("NamedArticle_3") == "NamedArticle"
    assert names.logical("Report") == "Report"  # somebody's alias of a class that is called by its name
    assert read.count == 1


def test_a_refresh_tells_whether_anything_changed() -> None:
    names = CollectionNames(Aliases({"A": "A_1"}, {"A": "A_1"}, {"A": "A_2"}))
    assert [names.refresh() for _ in range(3)] == [True, False, True]
    assert names.version == 2


def test_old_names_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Aliases({"NamedArticle": "NamedArticle_1"}, {"NamedArticle": "NamedArticle_2"})
    names = CollectionNames(read)
    assert names.physical("NamedArticle") == "NamedArticle_1"
    names.expire()
    assert names.physical("NamedArticle") == "NamedArticle_2"
    assert read.count == 2


def test_names_of_a_switch_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    half = {"A": "A_2", "B": "B_1", SWITCHING: "A_2"}
    read = Aliases({"A": "A_1", "B": "B_1"}, half, half, {"A": "A_2", "B": "B_2"})
    names = CollectionNames(read)
    names.refresh()
    assert names.refresh()
    assert (names.physical("A"), names.physical("B")) == ("A_2", "B_2")
    assert read.count == 4


def test_a_switch_that_was_killed_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection_names, "LONGEST_SWITCH", 0.1)
    read = Aliases({"A": "A_2", "B": "B_1", SWITCHING: "A_2"})
    names = CollectionNames(read)
    assert names.refresh()
    assert names.physical("A") == "A_2"
    count = read.count
    assert not names.refresh()
    assert read.count == count + 1


def test_marks_are_no_names() -> None:
    read = Aliases({"WeaviateOrmRebuild_1_A": "A_2", "A": "A_1"}, {"A": "A_1"})
    names = CollectionNames(read)
    names.refresh()
    assert names.logical("A_2") == "A_2"
    assert not names.refresh()


def test_a_refused_request_is_built_again_with_new_names() -> None:
    names = CollectionNames(Aliases({"NamedArticle": "NamedArticle_1"}, {"NamedArticle": "NamedArticle_2"}))
    sent = []

    def send() -> str:
        sent.append(names.physical("NamedArticle"))
        if sent[-1] == "NamedArticle_1":
            names.expire()
            raise gone()
        return "answer"

    assert names.retry(send) == "answer"
    assert sent == ["NamedArticle_1", "NamedArticle_2"]


def test_a_refusal_for_another_reason_is_raised_at_once() -> None:
    read = Aliases({"NamedArticle": "NamedArticle_1"})
    names = CollectionNames(read)

    def send() -> None:
        raise gone('Cannot query field "titel" on type "NamedArticle_1"')

    with pytest.raises(GraphQLError, match="titel"):
        names.retry(send)
    assert read.count == 0


def test_a_refusal_is_raised_where_the_names_are_right_or_cannot_be_read() -> None:
    def send() -> None:
        raise gone()

    for read in (Aliases({}), Aliases(ConnectionFailedError("down", sent=False))):
        with pytest.raises(GraphQLError, match="does not exist"):
            CollectionNames(read).retry(send)
        assert read.count == 1


def test_another_threads_refresh_counts() -> None:
    names = CollectionNames(Aliases({"A": "A_1"}, {"A": "A_2"}))
    names.refresh()
    sent = []

    def send() -> str:
        sent.append(names.physical("A"))
        if len(sent) == 1:
            thread = threading.Thread(target=names.refresh)
            thread.start()
            thread.join()
            raise gone()
        return sent[-1]

    assert names.retry(send) == "A_2"


@pytest.mark.parametrize("missing", [None, UnexpectedStatusError("(an empty body)", status_code=404)])
def test_what_is_missing_may_be_in_another_collection(missing: Exception | None) -> None:
    names = CollectionNames(Aliases({"NamedArticle": "NamedArticle_1"}, {"NamedArticle": "NamedArticle_2"}))
    sent = []

    def send(name: str) -> str | None:
        sent.append(name)
        if name == "NamedArticle_2":
            return "object"
        names.expire()
        if missing is not None:
            raise missing
        return None

    assert names.read("NamedArticle", send) == "object"
    assert sent == ["NamedArticle_1", "NamedArticle_2"]


def test_what_is_missing_is_looked_for_once() -> None:
    read = Aliases({"NamedArticle": "NamedArticle_1"})
    sent: list[str] = []
    assert CollectionNames(read).read("NamedArticle", sent.append) is None
    assert (sent, read.count) == (["NamedArticle_1"], 1)


def test_what_is_missing_of_a_plain_collection_is_not_looked_for() -> None:
    read = Aliases({})
    assert CollectionNames(read).read("Author", lambda name: None) is None
    assert read.count == 0


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("store is read-only due to: manually set by user", True),
        ("upsert object data: store is read-only", True),
        ('cannot reach enough replicas: required 2 replicas, got 0: replica "a": "a": read only "TzWnszZllEl5"', True),
        ("store is read-only due to: update vector index", False),
        ("store is read-only due to: disk usage too high", False),
        ("no object with id", False),
    ],
)
def test_frozen_collections_are_told_from_others(message: str, expected: bool) -> None:
    assert is_frozen(ItemError(message)) is expected


def test_only_requests_that_name_an_alias_have_the_names_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Aliases({"NamedArticle": "NamedArticle_3"})
    names = CollectionNames(read)
    names.physical("NamedArticle")
    for logical, count in (("Author", 1), ("NamedArticle", 2)):
        with names.building(names.version):
            names.physical(logical)
            names.check(lambda: True)
        assert read.count == count


def test_requests_wait_for_the_names_that_another_thread_reads_after_a_lost_connection() -> None:
    """That thread has the connection which was lost; of others that are idle there may be none."""
    lost, reading, answered = [True], threading.Event(), threading.Event()

    def read(_: bool) -> Mapping[str, str]:
        if names.version == 0:
            return {"NamedArticle": "NamedArticle_1"}
        lost.clear()
        reading.set()
        assert answered.wait(240)
        return {"NamedArticle": "NamedArticle_2"}

    def send() -> None:
        with names.building(1):
            names.physical("NamedArticle")
            names.check(lambda: bool(lost))

    names = CollectionNames(read)
    names.refresh()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send)
        assert reading.wait(240)
        second = pool.submit(send)
        wait([second], timeout=0.2)  # it would be over at once if it did not wait
        answered.set()
        assert [type(sent.exception()) for sent in (first, second)] == [OutdatedNamesError] * 2
