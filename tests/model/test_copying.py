"""Pickle and deepcopy of objects that refer to others: chains of any length, circles, shared objects."""

from __future__ import annotations

import copy
import io
import pickle
import random
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from weaviate_orm import Field, Model, Ref, Status, field, inspect, ref


class Page(Model):
    number: Field[int]
    words: Field[list[str]] = field(factory=list)
    next: Ref[Page | None] = ref(default=None)
    others: Ref[list[Page]] = ref(factory=list)


class Verse(Model):
    """Both ends of its references are kept in step."""

    number: Field[int]
    before: Ref[Verse | None] = ref(inverse="after", default=None)
    after: Ref[Verse | None] = ref(inverse="before", default=None)
    chapter: Ref[Chapter | None] = ref(inverse="verses", default=None)


class Chapter(Model):
    number: Field[int]
    verses: Ref[list[Verse]] = ref(inverse="chapter", factory=list)


class Stated(Model):
    """Has a state of its own."""

    number: Field[int]
    next: Ref[Stated | None] = ref(default=None)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_note": f"copied {self.number}"}

    def __setstate__(self, values: dict[str, Any]) -> None:
        super().__setstate__(values)
        # what it refers to is complete by then, unless they are in a circle
        self.__dict__["_length"] = 1 + (vars(self.next)["_length"] if self.next is not None else 0)  # pyright: ignore[reportIndexIssue]


class Reduced(Model):
    """Is made anew by its own function."""

    number: Field[int]
    next: Ref[Reduced | None] = ref(default=None)

    def __reduce__(self) -> Any:
        return make_reduced, (self.number, self.next)


class Extended(Model):
    """Adds to what the usual method says."""

    number: Field[int]
    next: Ref[Extended | None] = ref(default=None)

    def __reduce_ex__(self, protocol: Any) -> Any:
        make, arguments, state, *_ = super().__reduce_ex__(protocol)
        return make, arguments, {**state, "_note": "extended"}  # pyright: ignore[reportGeneralTypeIssues]


class Itself(Model):
    """Has a deepcopy of its own, which takes a shallow copy."""

    number: Field[int]
    next: Ref[Itself | None] = ref(default=None)

    def __deepcopy__(self, memo: dict[int, Any]) -> Itself:
        made = copy.copy(self)
        vars(made)["_note"] = "deep"
        return made


def make_reduced(number: int, following: Reduced | None) -> Reduced:
    return Reduced(number=number + 1000, next=following)


def by_pickle(protocol: int) -> Callable[[Any], Any]:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


def by_python_code(value: Any) -> Any:
    file = io.BytesIO()
    pickle._Pickler(file).dump(value)
    return pickle._loads(file.getvalue())  # type: ignore[attr-defined]


WAYS: dict[str, Callable[[Any], Any]] = {
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": by_pickle(protocol) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)},
    "pickle in Python": by_python_code,
}


@pytest.fixture(params=WAYS)
def copied(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return WAYS[request.param]


def chain(length: int, model: Any = Page) -> Any:
    head = None
    for number in range(length):
        head = model(number=number, next=head)
    return head


def numbers(head: Any) -> list[int]:
    found = []
    while head is not None:
        found.append(head.number)
        head = head.next
    return found


def test_a_chain_of_any_length(copied: Callable[[Any], Any]) -> None:
    head = chain(1_500)
    head_id = head.id
    made = copied(head)
    assert made is not head
    assert numbers(made) == list(range(1_499, -1, -1))
    assert made.id == head_id


@pytest.mark.slow
@pytest.mark.parametrize("way", [pytest.param("deepcopy", marks=pytest.mark.heavy), "pickle 4"])
def test_a_hundred_thousand_in_a_row(way: str) -> None:
    assert len(numbers(WAYS[way](chain(100_000)))) == 100_000


def test_a_chain_whose_ends_lead_back(copied: Callable[[Any], Any]) -> None:
    chapter = Chapter(number=1)
    verses = [Verse(number=number, chapter=chapter) for number in range(1_500)]
    for first, second in zip(verses, verses[1:] + verses[:1], strict=True):
        first.after = second
    made = copied(verses[700])
    assert made.number == 700
    assert [verse.number for verse in made.chapter.verses] == list(range(1_500))
    assert all(verse.after.before is verse for verse in made.chapter.verses)
    assert all(verse.chapter is made.chapter for verse in made.chapter.verses)
    # the copies are kept in step among themselves
    made.chapter = None
    assert made not in made.after.chapter.verses
    assert verses[700] in chapter.verses


@pytest.mark.parametrize("last_first", [True, False])
def test_many_from_one_chain_stay_its_members(last_first: bool, copied: Callable[[Any], Any]) -> None:
    pages = [chain(1)]
    for number in range(1, 1_500):
        pages.append(Page(number=number, next=pages[-1]))
    made = copied(pages if last_first else pages[::-1])
    by_number = {page.number: page for page in made}
    assert len(by_number) == 1_500
    assert all(page.next is by_number.get(page.number - 1) for page in made)


def test_what_is_shared_is_stored_once() -> None:
    author = chain(50)
    rows = [Page(number=number, next=author) for number in range(1_000)]
    stored = pickle.dumps(rows)
    assert len(stored) < 1_000 * 250
    made = pickle.loads(stored)
    assert {id(row.next) for row in made} == {id(made[0].next)}
    tower = [chain(1)]
    for number in range(2_000):
        tower.append(Page(number=number, next=tower[-1]))
    assert len(pickle.dumps(tower)) < 2_000 * 250


def test_random_graphs_are_copied_as_they_are(copied: Callable[[Any], Any], seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        pages = [Page(number=number, words=[f"{number}"]) for number in range(rng.randrange(1, 30))]
        for page in pages:
            page.next = rng.choice([None, *pages])
            page.others = [rng.choice(pages) for _ in range(rng.randrange(4))]
        roots: list[Any] = [rng.choice(pages) for _ in range(rng.randrange(1, 6))]
        roots.append({"a list of one of them": pages[0].others, "twice": (roots[0], roots[0])})
        made = copied(roots)
        pairs: dict[int, Any] = {}
        waiting = list(zip(roots[:-1], made[:-1], strict=True))
        waiting += zip(pages[0].others, made[-1]["a list of one of them"], strict=True)
        waiting += zip(roots[-1]["twice"], made[-1]["twice"], strict=True)
        while waiting:
            old, new = waiting.pop()
            assert old is not new
            if id(old) in pairs:
                assert pairs[id(old)] is new
                continue
            pairs[id(old)] = new
            assert (old.number, old.words) == (new.number, new.words)
            assert old.words is not new.words
            assert (old.next is None) == (new.next is None)
            waiting += [(old.next, new.next)] if old.next is not None else []
            waiting += zip(old.others, new.others, strict=True)
        assert len({id(new) for new in pairs.values()}) == len(pairs)
        if id(pages[0]) in pairs:
            assert made[-1]["a list of one of them"] is pairs[id(pages[0])].others


def test_a_shallow_copy_is_shallow() -> None:
    head = chain(3)
    head.words, head_id = ["a"], head.id
    made = copy.copy(head)
    assert made is not head
    assert made.next is head.next
    assert made.words is head.words
    assert made.id == head_id
    made.next = None
    assert head.next is not None


def test_a_copy_belongs_to_no_session(copied: Callable[[Any], Any]) -> None:
    head = chain(3)
    vars(head)["_state"].owner = object()
    made = copied(head)
    assert inspect(made).status is Status.TRANSIENT
    assert vars(made)["_state"].owner is None


# -- classes with methods of their own


def test_a_state_of_its_own(copied: Callable[[Any], Any]) -> None:
    made = copied(chain(1_500, Stated))
    assert numbers(made) == list(range(1_499, -1, -1))
    assert vars(made)["_length"] == 1_500
    assert vars(made.next)["_note"] == "copied 1498"


def test_ways_of_its_own(copied: Callable[[Any], Any]) -> None:
    assert numbers(copied(chain(3, Reduced))) == [1002, 1001, 1000]
    made = copied(chain(3, Extended))
    assert numbers(made) == [2, 1, 0]
    assert vars(made)["_note"] == vars(made.next)["_note"] == "extended"


def test_a_deepcopy_of_its_own_stays_in_force_within_others() -> None:
    head = chain(3, Itself)
    made = copy.deepcopy(head)
    assert vars(made)["_note"] == "deep"
    assert made.next is head.next
    assert numbers(by_pickle(4)(head)) == [2, 1, 0]


class Mixed(Model):
    number: Field[int]
    next: Ref[Mixed | Reduced | Itself | None] = ref(default=None)


@pytest.mark.parametrize("inner", [Reduced, Itself])
def test_usual_and_unusual_classes_refer_to_each_other(inner: Any, copied: Callable[[Any], Any]) -> None:
    shared = inner(number=5)
    heads = [Mixed(number=1, next=Mixed(number=2, next=shared)), Mixed(number=3, next=shared)]
    made = copied(heads)
    assert numbers(made[0])[:2] == [1, 2]
    assert made[0].next.next is made[1].next
    assert made[1].next is not shared


# -- runs that are broken off, and others at the same time


class Stubborn(Model):
    number: Field[int]
    next: Ref[Stubborn | None] = ref(default=None)

    def __getstate__(self) -> dict[str, Any]:
        if self.number == 1:
            raise RuntimeError("not now")
        return super().__getstate__()


def test_what_was_broken_off_changes_nothing_of_the_next(copied: Callable[[Any], Any]) -> None:
    head = chain(3, Stubborn)
    with pytest.raises(RuntimeError, match="not now") as caught:
        copied(head)  # the error holds the run
    assert numbers(copied(head.next.next)) == [0]
    head.next.number = 7
    assert numbers(copied(head)) == [2, 7, 0]
    assert caught.value is not None


def test_a_class_that_cannot_be_found_changes_nothing_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    head = chain(4)
    with monkeypatch.context() as patch:
        patch.delattr(sys.modules[__name__], "Page")
        with pytest.raises(pickle.PicklingError) as caught:
            pickle.dumps(head)
    assert numbers(pickle.loads(pickle.dumps(head.next))) == [2, 1, 0]
    assert numbers(copy.copy(head.next.next)) == [1, 0]
    assert numbers(pickle.loads(pickle.dumps(head))) == [3, 2, 1, 0]
    assert caught.value is not None


def test_a_pickler_that_lives_on_knows_what_it_has_stored() -> None:
    head = chain(1_500)
    file, other = io.BytesIO(), io.BytesIO()
    first, second = pickle.Pickler(file), pickle.Pickler(other)
    first.dump(head)
    second.dump(head)
    first.dump([head.next, head])
    file.seek(0)
    other.seek(0)
    loader = pickle.Unpickler(file)
    made = loader.load()
    again = loader.load()
    assert (again[1] is made, again[0] is made.next) == (True, True)
    assert numbers(pickle.Unpickler(other).load()) == numbers(head)


@pytest.mark.slow
def test_threads_do_not_know_of_each_other() -> None:
    head = chain(300)
    found: list[bool] = []

    def work() -> None:
        for _ in range(20):
            found.append(numbers(copy.deepcopy(head)) == numbers(pickle.loads(pickle.dumps(head))))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 80


def test_a_list_of_references_is_copied_by_itself(copied: Callable[[Any], Any]) -> None:
    chapter = Chapter(number=1)
    for number in range(3):
        Verse(number=number, chapter=chapter, id=UUID(int=number + 1))
    made = copied(chapter.verses)
    assert [verse.number for verse in made] == [0, 1, 2]
    assert made[0].chapter.verses is made
    made.pop()
    assert [verse.number for verse in made[0].chapter.verses] == [0, 1]
    assert len(chapter.verses) == 3


@pytest.fixture(autouse=True)
def usual_depth() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(before)
