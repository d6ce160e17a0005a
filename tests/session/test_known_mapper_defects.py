"""Where other object mappers for Weaviate fail: each test is named after a defect that was seen in one of them.

Those of queries are in ``test_known_query_defects.py``. Three more have their tests elsewhere: requests of any size
(``test_request_counts.py``), deletions that end at 10,000 (``test_deletion.py``), and constructors and attributes
without types (``tests/typing``).
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import pytest

from tests.session.library_models import MODELS, Article, Author, Page, Publication
from weaviate_orm import (
    Client,
    Field,
    FlushError,
    Model,
    Ref,
    Session,
    ValidationError,
    create_all,
    drop_all,
    field,
    ref,
)
from weaviate_orm.model.instance_codec import encode_properties
from weaviate_orm.testing import recorded_requests

START = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)


# -- what is stored


def test_get_then_update_erases_no_reference_and_no_vector(client: Client, session: Session) -> None:
    session.add(Article(title="A", vector=[1.0, 2.0], authors=[Author(name="Ada")], publication=Publication(name="V")))
    session.commit()
    with Session(client) as other:
        found = other.get(Article, session.query(Article).one().id)
        assert found is not None
        found.title = "B"
        found.word_count = None
        other.commit()
    with Session(client) as other:
        found = other.query(Article).include("authors", "publication").with_vector().one()
        assert (found.title, found.vector) == ("B", [1, 2])
        assert [author.name for author in found.authors] == ["Ada"]
        assert found.publication is not None


def test_the_first_reference_can_be_set(client: Client, session: Session) -> None:
    session.add_all([Article(title="A"), Author(name="Ada")])
    session.commit()
    with Session(client) as other:
        article, author = other.query(Article).one(), other.query(Author).one()
        article.authors.append(author)
        article.publication = Publication(name="V")
        author.mentor = author
        other.commit()
    with Session(client) as other:
        article = other.query(Article).include("authors", "publication").one()
        assert article.publication is not None
        assert article.authors[0].mentor is article.authors[0]


def test_a_required_reference_can_be_loaded_and_set(client: Client, unique: str) -> None:
    class Owner(Model):
        name: Field[str]

        class Meta:
            name = f"{unique}Owner"

    class Dog(Model):
        owner: Ref[Owner]

        class Meta:
            name = f"{unique}Dog"

    create_all(client, [Owner, Dog])
    with Session(client) as session:
        session.add(Dog(owner=Owner(name="Ada")))
        session.commit()
    for name, then in (("Ada", "Bo"), ("Bo", "Cy")):
        with Session(client) as session:
            dogs = session.query(Dog) if name == "Ada" else session.query(Dog).include("owner")
            dog = dogs.one()
            assert dog.owner.name == name
            dog.owner = Owner(name=then)
            session.commit()


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_saving_one_object_with_one_reference_is_two_requests(client: Client, session: Session) -> None:
    with recorded_requests(client) as requests:
        session.add(Article(title="A", publication=Publication(name="Vogue")))
        session.commit()
    assert [request.url.rpartition("/v1")[2] for request in requests] == ["/batch/objects", "/batch/references"]


def test_a_failed_reference_is_reported_on_its_own_instance(client: Client, session: Session) -> None:
    articles, ada = [Article(title=str(number)) for number in range(3)], Author(name="Ada")
    session.add_all([*articles, ada])
    session.commit()
    client.data_object.delete(articles[1].id, "TestLibraryArticle")
    for article in articles:
        article.authors.append(ada)
        article.publication = Publication(name=article.title)
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert {(failure.object, failure.attribute) for failure in caught.value.failures} == {
        (articles[1], "authors"),
        (articles[1], "publication"),
    }
    assert session.dirty == (articles[1],)
    with Session(client) as other:
        stored = other.query(Article).include("authors", "publication").all()
        assert all(len(article.authors) == 1 and article.publication for article in stored)
        assert len(stored) == 2


def test_a_failure_in_a_batch_is_reported_and_the_rest_is_stored(client: Client, session: Session) -> None:
    authors = [Author(name=str(number), vector=[1.0, 2.0]) for number in range(20)]
    authors[7].vector = [1.0]
    session.add_all(authors)
    with pytest.raises(FlushError) as caught:
        session.commit()
    assert [failure.object for failure in caught.value.failures] == [authors[7]]
    assert session.new == (authors[7],)
    with Session(client) as other:
        assert {author.name for author in other.query(Author)} == {a.name for a in authors if a is not authors[7]}


def test_a_subclass_writes_to_its_own_collection(client: Client, unique: str) -> None:
    class Animal(Model):
        name: Field[str]

        class Meta:
            name = f"{unique}Animal"
            key = "name"

    class Cat(Animal):
        lives: Field[int] = field(default=9)

        class Meta:
            name = f"{unique}Cat"

    create_all(client, [Animal, Cat])
    with Session(client) as session:
        animal, cat = Animal(name="Tom"), Cat(name="Tom")
        session.add_all([animal, cat])
        session.commit()
        assert animal.id != cat.id
    with Session(client) as session:
        assert [type(each) for each in session.query(Animal)] == [Animal]
        assert [type(each) for each in session.query(Cat)] == [Cat]
        assert session.get(Cat, animal.id) is None


def test_ids_from_key_fields_follow_the_fields_until_they_are_stored(client: Client, unique: str) -> None:
    class Node(Model):
        name: Field[str]
        next: Ref[Node | None] = ref(default=None)

        class Meta:
            name = f"{unique}Node"
            key = "name"

    create_all(client, [Node])
    with Session(client) as session:
        first, second = Node(name="a"), Node(name="b", vector=[1.0])
        first.next, second.next = second, first
        session.add(first)
        assert {first.id, second.id} == {Node(name="a").id, Node(name="b").id}
        second.name = "c"
        session.commit()
        third = Node(name="d", next=first, vector=[1.0, 2.0])
        session.add(third)
        with pytest.raises(FlushError):
            session.commit()
        third.name, third.vector = "e", None
        session.commit()
    with Session(client) as session:
        nodes = {node.name: node for node in session.query(Node).include("next")}
        assert {name: node.id for name, node in nodes.items()} == {name: Node(name=name).id for name in "ace"}
        assert [nodes[name].next for name in "ace"] == [nodes["c"], nodes["a"], nodes["a"]]


def test_numpy_vectors_of_every_dtype_are_stored_searched_and_changed(client: Client, unique: str) -> None:
    class Point(Model):
        dtype: Field[str] = field(tokenization="field")

        class Meta:
            name = f"{unique}Point"

    create_all(client, [Point])
    dtypes = ["f2", "f4", "f8", "g", ">f4", "i1", "i8", "u1", "u8", "O"]
    with Session(client) as session:
        session.add_all(Point(dtype=dtype, vector=np.array([0, 1, 2, 3]).astype(dtype)[1:]) for dtype in dtypes)
        far = Point(dtype="far", vector=np.array([[9, -1], [9, 0], [9, 0]])[:, 1])
        session.add(far)
        session.commit()
        for dtype in (each for each in dtypes if not each.startswith("u")):
            strided = np.array([0, 9, 0, 9, -1, 9]).astype(dtype)[-2::-2]
            assert session.query(Point).near_vector(strided).limit(1).one() is far
    with Session(client) as session:
        found = {point.dtype: point for point in session.query(Point).where(Point.dtype != "far").with_vector()}
        assert [found[dtype].vector for dtype in dtypes] == [[1, 2, 3]] * len(dtypes)
        for dtype in dtypes:
            found[dtype].vector = np.array([3, 2, 1]).astype(dtype)[::-1]
        assert session.dirty == ()
        found["f4"].vector = np.array([3.0, 2.0, 1.0])
        session.commit()
    with Session(client) as session:
        assert session.query(Point).where(dtype="f4").with_vector().one().vector == [3, 2, 1]


def test_one_wrong_vector_does_not_fail_its_batch(client: Client, session: Session) -> None:
    wrong: list[Any] = [[1e39, 0.0], [True, False], [1.0, "2"], [10**400, 1], np.array([np.nan, 0.0])]
    for vector in wrong:
        bad = Author(name="bad", vector=vector)
        session.add_all([bad, Author(name="good")])
        with (
            recorded_requests(client) as requests,
            pytest.raises(ValidationError, match=r"number [01] is") as e,
        ):
            session.commit()
        assert (requests, e.value.instance, e.value.field) == ([], bad, "vector")
        session.rollback()
    for shape in ([[1.0, 2.0]], np.ones((1, 2)), np.ones((0, 2))):
        with pytest.raises(ValidationError, match=r"needs one vector|is empty"):
            Author(name="bad", vector=shape)  # type: ignore[arg-type]


def test_no_value_is_converted_in_silence() -> None:
    class Reading(Model):
        whole: Field[int]
        number: Field[float]
        truth: Field[bool]
        text: Field[str]
        wholes: Field[list[int]] = field(factory=list)

        class Meta:
            abstract = True

    class Measured(Reading):
        pass

    good = {"whole": np.int16(3), "number": np.float32(0.5), "truth": np.bool_(True), "text": np.str_("a")}
    taken = Measured(**good, wholes=[np.int64(1)])  # pyright: ignore[reportArgumentType]
    assert encode_properties(taken) == {**good, "wholes": [1]}
    wrong = {
        "whole": [3.9, 3.0, "3", True, np.float64(3)],
        "number": ["0.5", True, float("nan"), 10**400],
        "truth": ["false", "", 0, 1, np.int64(1)],
        "text": [3, b"a", UUID(int=1)],
        "wholes": [[3.9], ["3"], [True], "12", 12],
    }
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(ValidationError, match=f"{name} .*needs a"):
                Measured(**{**good, name: value})
            with pytest.raises(ValidationError, match=f"{name} .*needs a"):
                setattr(taken, name, value)


# -- collections


def test_create_all_and_drop_all_leave_the_collections_of_others_alone(client: Client, unique: str) -> None:
    class Mine(Model):
        name: Field[str]

        class Meta:
            name = f"{unique}Mine"

    # a name that no model can have
    properties = [{"name": "__typename", "dataType": ["text"]}]
    client.schema.create_class({"class": f"{unique}Foreign", "vectorizer": "none", "properties": properties})
    client.data_object.create({"__typename": "x"}, f"{unique}Foreign")
    before = client.schema.get(f"{unique}Foreign")
    create_all(client, [Mine])
    create_all(client, [])
    drop_all(client, [Mine])
    drop_all(client, [])
    assert client.schema.get(f"{unique}Foreign") == before
    assert len((client.data_object.get(class_name=f"{unique}Foreign") or {})["objects"]) == 1
    assert not client.schema.exists(f"{unique}Mine")


def test_a_one_way_graph_is_not_taken_for_a_cycle(client: Client, unique: str) -> None:
    class Leaf(Model):
        class Meta:
            name = f"{unique}Leaf"

    class Branch(Model):
        leaves: Ref[list[Leaf]] = ref(factory=list)
        first: Ref[Leaf | None] = ref(default=None)

        class Meta:
            name = f"{unique}Branch"

    class Tree(Model):
        branches: Ref[list[Branch]] = ref(factory=list)
        any_part: Ref[list[Branch | Leaf]] = ref(factory=list)

        class Meta:
            name = f"{unique}Tree"

    with recorded_requests(client) as requests:
        create_all(client, [Tree, Branch, Leaf])
    assert [request.method for request in requests] == ["GET", "POST", "POST", "POST"]
    with recorded_requests(client) as requests:
        create_all(client, [Leaf, Tree, Branch])
    assert [request.method for request in requests] == ["GET"]


@pytest.mark.usefixtures("library")
def test_creation_converges(client: Client) -> None:
    for _ in range(2):
        with recorded_requests(client) as requests:
            create_all(client, MODELS)
        assert [request.method for request in requests] == ["GET"]


# -- what users ask for


def test_a_new_object_of_a_stored_key_takes_its_place(client: Client, session: Session) -> None:
    session.add(Page(url="a", text="old", vector=[1.0, 0.0]))
    session.commit()
    with Session(client) as other, recorded_requests(client) as requests:
        other.add(Page(url="a", text="new"))
        other.commit()
        assert len(requests) == 1
    session.expire_all()
    page = session.query(Page).with_vector().one()
    assert (page.text, page.vector) == ("new", None)


def test_times_on_whole_minutes_and_days_are_stored_and_found(session: Session) -> None:
    for born in (START, START.replace(hour=0), START.replace(second=1, microsecond=100_000)):
        author = Author(name="Ada", born=born)
        session.add(author)
        session.commit()
        assert session.query(Author).where(born=born).one() is author
        session.expire_all()
        assert author.born == born


@pytest.mark.wire("graphql")  # it names requests of HTTP
def test_references_are_sent_after_objects_of_every_collection_in_any_order(client: Client, session: Session) -> None:
    author = Author(name="Ada")
    author.mentor = Author(name="Bo", mentor=author, writes_for=Publication(name="V"))
    page = Page(url="p")
    session.add_all([Article(title="A", about=[author], authors=[author]), page, author])
    with recorded_requests(client) as requests:
        session.commit()
    first, second = requests
    assert {each["class"] for each in orjson.loads(first.body or b"")["objects"]} == {
        model.__mapper__.collection_name for model in MODELS
    }
    assert len(orjson.loads(second.body or b"")) == 5
