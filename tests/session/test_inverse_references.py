"""One side of an inverse reference set, the other follows: in memory at once, on the server with the commit."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Change,
    Client,
    DetachedError,
    Field,
    FlushError,
    MappingError,
    Model,
    Ref,
    Session,
    ValidationError,
    create_all,
    inspect,
    ref,
)
from weaviate_orm.testing import recorded_requests


class House(Model):
    name: Field[str]
    books: Ref[list[Book]] = ref(inverse="house", factory=list)

    class Meta:
        name = "TestInverseHouse"


class Book(Model):
    title: Field[str]
    house: Ref[House | None] = ref(inverse="books", default=None)
    tags: Ref[list[Tag]] = ref(inverse="books", factory=list)

    class Meta:
        name = "TestInverseBook"


class Tag(Model):
    word: Field[str]
    books: Ref[list[Book]] = ref(inverse="tags", factory=list)

    class Meta:
        name = "TestInverseTag"


class Person(Model):
    name: Field[str]
    boss: Ref[Person | None] = ref(inverse="reports", default=None)
    reports: Ref[list[Person]] = ref(inverse="boss", factory=list)
    friends: Ref[list[Person]] = ref(inverse="friends", factory=list)
    spouse: Ref[Person | None] = ref(inverse="spouse", default=None)

    class Meta:
        name = "TestInversePerson"


MODELS = (House, Book, Tag, Person)


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def session(client: Client, collections: None) -> Iterator[Session]:
    with Session(client) as opened:
        for model in MODELS:
            for each in opened.query(model):
                client.data_object.delete(each.id, model.__mapper__.collection_name)
    with Session(client) as opened:
        yield opened


def stored(client: Client) -> dict[str, dict[str, Any]]:
    """What the server holds: the names that each reference of each object leads to, in their order."""
    bodies = [
        body
        for model in MODELS
        for body in (client.data_object.get(class_name=model.__mapper__.collection_name, limit=1000) or {})["objects"]
    ]

    def name(body: dict[str, Any]) -> str:
        found: str = next(body["properties"][key] for key in ("name", "title", "word") if key in body["properties"])
        return found

    names = {body["id"]: name(body) for body in bodies}
    return {
        name(body): {
            key: [names.get(each["beacon"].rpartition("/")[2], "dangling") for each in value]
            for key, value in body["properties"].items()
            if isinstance(value, list) and value
        }
        for body in bodies
    }


# -- in memory


def test_each_side_follows_the_other() -> None:
    vogue, wired = House(name="Vogue"), House(name="Wired")
    first = Book(title="1", house=vogue)
    second = Book(title="2")
    assert vogue.books == [first]
    vogue.books.append(second)
    assert second.house is vogue
    second.house = wired
    assert (vogue.books, wired.books) == ([first], [second])
    wired.books.append(first)  # moved: the house before has to lose it
    assert first.house is wired
    assert vogue.books == []
    vogue.books = [second]
    assert (first.house, second.house) == (wired, vogue)
    assert wired.books == [first]
    first.house = None
    assert wired.books == []


def test_every_change_of_a_list_is_followed() -> None:
    a, b, c, d = books = [Book(title=title) for title in "abcd"]
    house = House(name="Vogue", books=[a])

    def inside() -> list[Book]:
        assert [book for book in books if book.house is house] == [book for book in books if book in house.books]
        assert len(set(map(id, house.books))) == len(house.books)
        return list(house.books)

    assert inside() == [a]
    house.books.extend(iter([b, c]))
    assert inside() == [a, b, c]
    house.books.insert(0, d)
    assert inside() == [d, a, b, c]
    assert house.books.pop() is c
    assert inside() == [d, a, b]
    house.books.remove(a)
    assert inside() == [d, b]
    house.books[0] = a
    assert inside() == [a, b]
    house.books[:] = [c, d]
    assert inside() == [c, d]
    del house.books[0]
    assert inside() == [d]
    held = house.books
    house.books += [a]
    assert house.books is held
    assert inside() == [d, a]
    house.books.reverse()
    assert inside() == [a, d]
    house.books.sort(key=lambda book: book.title, reverse=True)
    assert inside() == [d, a]
    house.books *= 0
    assert inside() == []
    house.books = [a, b]
    house.books.clear()
    assert inside() == []
    house.books = [a]
    held.append(b)  # a list that the house does not hold any more
    assert b.house is None
    assert inside() == [a]


def test_many_to_many_self_references_and_symmetric_ones() -> None:
    book, tag = Book(title="1"), Tag(word="new")
    book.tags = [tag]
    assert tag.books == [book]
    tag.books.remove(book)
    assert book.tags == []
    ada, bo, cy = (Person(name=name) for name in ("Ada", "Bo", "Cy"))
    ada.reports = [bo, cy]
    assert bo.boss is cy.boss is ada
    bo.boss = bo
    assert (ada.reports, bo.reports) == ([cy], [bo])
    ada.friends.append(bo)
    bo.friends.append(bo)
    assert bo.friends == [ada, bo]
    ada.friends.clear()
    assert bo.friends == [bo]
    ada.spouse = bo
    assert bo.spouse is ada
    cy.spouse = bo
    assert [ada.spouse, bo.spouse, cy.spouse] == [None, cy, bo]


def test_what_is_refused_changes_nothing() -> None:
    house = House(name="Vogue", books=[Book(title="1")])
    before = list(house.books)
    with pytest.raises(ValidationError, match="books refers to Book, got House"):
        house.books.append(house)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="books refers to Book, got str"):
        house.books[0] = "1"  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="not in list"):
        house.books.remove(Book(title="2"))
    assert house.books == before
    assert before[0].house is house
    with pytest.raises(ValidationError, match="title"):
        Book(title=1, house=house)  # type: ignore[arg-type]
    assert house.books == before  # one that could not be made did not join


def test_copies_are_of_their_own(session: Session) -> None:
    house = House(name="Vogue", books=[Book(title="1"), Book(title="2")])
    for again in (copy.deepcopy(house), pickle.loads(pickle.dumps(house))):
        assert [book.title for book in again.books] == ["1", "2"]
        assert all(book.house is again for book in again.books)
        again.books.pop()
        assert len(house.books) == 2
        assert again.books[0].house is again


def test_wrong_inverses_are_mapping_errors(client: Client) -> None:
    class Shelf(Model):
        unknown: Ref[list[Volume]] = ref(inverse="shelv", factory=list)
        alone: Ref[list[Volume]] = ref(inverse="lonely", factory=list)
        crossed: Ref[list[Volume]] = ref(inverse="shelf", factory=list)

    class Volume(Model):
        shelf: Ref[Shelf | None] = ref(inverse="alone", default=None)
        lonely: Ref[Shelf | None] = ref(default=None)

    with pytest.raises(MappingError, match=r"inverse Volume\.shelv, which is no reference; did you mean 'shelf'"):
        create_all(client, [Shelf, Volume])
    with pytest.raises(MappingError, match=r"inverse Volume\.lonely, which names none: give it ref\(inverse='alone'"):
        Shelf(alone=[Volume()])
    with pytest.raises(MappingError, match=r"Volume\.shelf, which names 'alone' as its own"):
        Shelf().crossed.append(Volume())

    class Cup(Model):
        board: Ref[Board | None] = ref(inverse="things", default=None)

    class Board(Model):
        things: Ref[list[Volume]] = ref(inverse="board", factory=list)

    with pytest.raises(MappingError, match=r"Board\.things, which does not refer to Cup"):
        Cup(board=Board())


# -- on the server


def test_both_sides_are_stored_each_once(client: Client, session: Session) -> None:
    house = House(name="Vogue")
    books = [Book(title=f"{number}", house=house, tags=[]) for number in range(3)]
    tag = Tag(word="new", books=books[:2])
    session.add(tag)
    with recorded_requests(client) as requests:
        session.commit()
        session.commit()
    assert len(requests) == 2  # five objects, ten references
    assert stored(client) == {
        "Vogue": {"books": ["0", "1", "2"]},
        "0": {"house": ["Vogue"], "tags": ["new"]},
        "1": {"house": ["Vogue"], "tags": ["new"]},
        "2": {"house": ["Vogue"]},
        "new": {"books": ["0", "1"]},
    }


@pytest.mark.parametrize("load", [True, False])
@pytest.mark.parametrize("by_list", [True, False])
def test_an_object_moves_from_one_parent_to_another(
    client: Client, session: Session, load: bool, by_list: bool
) -> None:
    vogue, wired = House(name="Vogue"), House(name="Wired")
    vogue.books = [Book(title="1"), Book(title="2")]
    session.add_all([vogue, wired])
    session.commit()
    with Session(client) as other:
        books = other.query(Book).order_by("title").all()
        houses = {each.name: each for each in other.query(House)}
        if load:
            assert len(houses["Vogue"].books) + len(houses["Wired"].books) == 2
        with recorded_requests(client) as requests:
            if by_list:
                houses["Wired"].books.append(books[0])
            else:
                books[0].house = houses["Wired"]
            assert books[0].house is houses["Wired"]
            other.commit()
            other.commit()
        loads = 1 if load else 1 + by_list  # the old house of the books; the list that is appended to
        assert len(requests) == loads + 3  # out of one list, into the other, and the book's own
        assert [book.title for book in houses["Vogue"].books] == ["2"]
        assert [book.title for book in houses["Wired"].books] == ["1"]
    assert stored(client) == {
        "Vogue": {"books": ["2"]},
        "Wired": {"books": ["1"]},
        "1": {"house": ["Wired"]},
        "2": {"house": ["Vogue"]},
    }


def test_what_joins_and_leaves_a_list_that_is_not_loaded_is_inspected(client: Client, session: Session) -> None:
    session.add(House(name="Vogue", books=[Book(title="1")]))
    session.commit()
    with Session(client) as other:
        (book,), (house,) = other.query(Book).include("house").all(), other.query(House).all()
        new = Book(title="2", house=house)
        assert inspect(house).changes == {"books": Change([], [new.id])}
        book.house = None
        assert inspect(house).changes == {"books": Change([book.id], [new.id])}


def test_a_new_object_joins_a_list_that_is_not_loaded(client: Client, session: Session) -> None:
    session.add(House(name="Vogue", books=[Book(title="1")]))
    session.commit()
    with Session(client) as other:
        vogue = other.query(House).one()
        Book(title="2", house=vogue)
        third = Book(title="3", house=vogue)
        third.house = None
        with recorded_requests(client) as requests:
            other.commit()
        assert len(requests) == 2  # the object; both references. The list was not loaded
    with Session(client) as other:
        vogue = other.query(House).one()
        fourth = Book(title="4", house=vogue)
        assert [book.title for book in vogue.books] == ["1", "2", "4"]  # read now: loaded, and what joined since
        fourth.house = None
        assert [book.title for book in vogue.books] == ["1", "2"]
        other.commit()
    assert stored(client)["Vogue"] == {"books": ["1", "2"]}
    assert "3" not in stored(client)


def test_the_last_leaves_a_list_that_is_not_loaded(client: Client, session: Session) -> None:
    session.add(House(name="Vogue", books=[Book(title="1")]))
    session.commit()
    with Session(client) as other:
        other.query(Book).include("house").one().house = None
        other.commit()
        house = other.query(House).one()
        assert house.books == []
        # the server keeps an empty list now, and calls additions to it failed, which it stores
        house.books = [Book(title="2"), Book(title="3")]
        other.commit()
        other.commit()
    assert stored(client) == {
        "Vogue": {"books": ["2", "3"]},
        "1": {},
        "2": {"house": ["Vogue"]},
        "3": {"house": ["Vogue"]},
    }


def test_inspect_says_who_left_and_who_joined_a_list_that_is_not_loaded(client: Client, session: Session) -> None:
    session.add_all([House(name="Vogue", books=[Book(title="1")]), House(name="Wired")])
    session.commit()
    with Session(client) as other:
        houses = {house.name: house for house in other.query(House)}
        book = other.query(Book).one()
        book.house = houses["Wired"]
        with recorded_requests(client) as requests:
            assert inspect(houses["Vogue"]).changes == {"books": Change([book.id], [])}
            assert inspect(houses["Wired"]).changes == {"books": Change([], [book.id])}
        assert requests == []
        other.commit()
        assert inspect(houses["Vogue"]).changes == inspect(houses["Wired"]).changes == {}


def test_many_leave_a_list_that_is_not_loaded(client: Client, session: Session) -> None:
    session.add(House(name="Vogue", books=[Book(title=f"{number}") for number in range(6)]))
    session.commit()
    with Session(client) as other:
        books = other.query(Book).order_by("title").include("house").all()
        with recorded_requests(client) as requests:
            for book in books[:5]:
                book.house = None
            other.commit()
        assert len(requests) == 1 + 1 + 5  # the list is loaded and set; each book is written
    assert stored(client) == {"Vogue": {"books": ["5"]}, "5": {"house": ["Vogue"]}} | {
        f"{number}": {} for number in range(5)
    }


def test_a_deleted_object_leaves_the_lists_that_hold_it(client: Client, session: Session) -> None:
    vogue = House(name="Vogue", books=[Book(title=f"{number}") for number in range(3)])
    ada, bo = Person(name="Ada"), Person(name="Bo")
    ada.friends = [bo]
    session.add_all([vogue, ada])
    session.commit()
    session.close()
    with Session(client) as other:
        other.delete(other.query(Book).where(title="0").one())
        other.delete(other.query(Person).where(name="Bo").one())
        other.commit()
        assert [book.title for book in other.query(House).one().books] == ["1", "2"]
    assert stored(client) == {
        "Vogue": {"books": ["1", "2"]},
        "1": {"house": ["Vogue"]},
        "2": {"house": ["Vogue"]},
        "Ada": {},
    }


def test_a_deleted_parent_leaves_its_children(client: Client, session: Session) -> None:
    session.add(House(name="Vogue", books=[Book(title=f"{number}") for number in range(3)]))
    session.commit()
    with Session(client) as other:
        house = other.query(House).one()
        other.delete(house)
        other.commit()
        assert all(book.house is None for book in other.query(Book))
    assert stored(client) == {"0": {}, "1": {}, "2": {}}


def test_rollback_puts_both_sides_back(client: Client, session: Session) -> None:
    vogue, wired = House(name="Vogue", books=[Book(title="1")]), House(name="Wired")
    session.add_all([vogue, wired])
    session.commit()
    book = vogue.books[0]
    book.house = wired
    Book(title="2", house=vogue)
    session.rollback()
    with recorded_requests(client) as requests:
        session.commit()
    assert requests == []
    assert book.house is vogue
    assert (vogue.books, wired.books) == ([book], [])


def test_changes_of_lists_nobody_holds_are_kept(client: Client, session: Session) -> None:
    session.add(House(name="Vogue", books=[Book(title="1")]))
    session.commit()
    session.close()
    with Session(client) as other:
        other.query(House).one().books.append(Book(title="2"))
        other.query(Book).where(title="1").one().tags = [Tag(word="new")]
        gc.collect()
        other.commit()
    assert stored(client)["Vogue"] == {"books": ["1", "2"]}
    assert stored(client)["new"] == {"books": ["1"]}


def test_a_detached_object_says_what_it_lacks(client: Client, session: Session) -> None:
    session.add(Book(title="1", house=House(name="Vogue")))
    session.commit()
    with Session(client) as other:
        book = other.query(Book).one()
    house = House(name="Wired")
    with pytest.raises(DetachedError, match="house is not loaded"):
        house.books.append(book)
    assert house.books == []
    session.close()
    with Session(client) as other:
        book = other.query(Book).include("house").one()
    house.books.append(book)
    with Session(client) as other:
        other.add(house)
        other.add(book)
        other.commit()
    assert stored(client)["Wired"] == {"books": ["1"]}
    assert stored(client)["1"] == {"house": ["Wired"]}


def test_the_other_side_of_what_failed_stays_pending(client: Client, session: Session) -> None:
    session.add(Book(title="good", vector=[1.0, 2.0]))
    session.commit()
    house = House(name="Vogue")
    bad = Book(title="bad", vector=[1.0], house=house)
    session.add(house)
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert {(failure.object, failure.attribute) for failure in caught.value.failures} == {
        (bad, None),
        (bad, "house"),
        (house, "books"),
    }
    bad.vector = None
    session.commit()
    assert stored(client) == {"good": {}, "Vogue": {"books": ["bad"]}, "bad": {"house": ["Vogue"]}}


def test_merge_keeps_both_sides(client: Client, session: Session) -> None:
    vogue, wired = House(name="Vogue", books=[Book(title="1")]), House(name="Wired")
    session.add_all([vogue, wired])
    session.commit()
    book = vogue.books[0]
    session.close()
    book.house = wired
    with Session(client) as other:
        merged = other.merge(book)
        assert merged.house is not None
        assert merged.house.name == "Wired"
        other.commit()
    assert stored(client) == {"Vogue": {}, "Wired": {"books": ["1"]}, "1": {"house": ["Wired"]}}
