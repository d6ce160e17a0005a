"""What a class body may say, and what it means."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from types import ModuleType
from typing import ClassVar
from uuid import UUID

import attrs
import pytest

from weaviate_orm import (
    Client,
    Field,
    MappingError,
    Model,
    Ref,
    SchemaMismatchError,
    Session,
    UnknownNameError,
    ValidationError,
    Vector,
    create_all,
    drop_all,
    field,
    ref,
    vector,
)
from weaviate_orm.model.instance_codec import wire_vectors
from weaviate_orm.model.registry import registered
from weaviate_orm.schema.indexes import hnsw
from weaviate_orm.schema.modules import module
from weaviate_orm.testing import recorded_requests
from weaviate_orm.vectorizers import Text2Vec


@attrs.define
class Address:
    street: str
    number: int | None = None


class Stamped(Model):
    """Not a collection of its own."""

    made: Field[datetime] = field(factory=lambda: datetime.now(timezone.utc))

    class Meta:
        abstract = True
        vectorizer = Text2Vec.transformers()


class Named:
    """A mixin that is no model."""

    name: Field[str]
    nickname: Field[str] = field(default="")


class Person(Named, Stamped):
    """A person.

    Of flesh and blood.
    """

    kinds: ClassVar[int] = 0
    address: Field[Address | None] = field(default=None)

    @property
    def greeting(self) -> str:
        return f"Hello {self.name}"


class Employee(Person):
    salary: Field[float] = field(default=0.0)
    boss: Ref[Employee | None] = ref(default=None)


def test_bases_and_mixins_give_their_fields() -> None:
    employee = Employee(name="Ada", address=Address("Main"))  # type: ignore[call-arg]
    assert (employee.name, employee.nickname, employee.salary, employee.boss) == ("Ada", "", 0.0, None)
    assert employee.greeting == "Hello Ada"
    assert employee.made.tzinfo is not None
    names = [each["name"] for each in Employee.__mapper__.collection.to_json()["properties"]]
    assert names == ["made", "name", "nickname", "address", "salary", "boss"]


def test_each_class_is_a_collection_of_its_own() -> None:
    assert Person.__mapper__.collection.name == "Person"
    assert Employee.__mapper__.collection.name == "Employee"
    assert Person.__mapper__.collection.description == "A person.\n\nOf flesh and blood."
    assert Employee.__mapper__.collection.description is None
    assert Employee.__mapper__.collection.to_json()["vectorizer"] == "text2vec-transformers"
    with pytest.raises(MappingError, match="Stamped is abstract"):
        Stamped()


def test_plain_annotations_and_bare_defaults_mean_the_same() -> None:
    class Pet(Model):
        name: str
        kind: str = "cat"
        legs: int | None = None
        tags: list[str] = []  # noqa: RUF012
        owner: Person | None = None
        friends: list[Pet]

    first, second = Pet(name="Tom"), Pet(name="Kit", kind="dog")  # type: ignore[call-arg]
    assert (first.kind, first.legs, first.owner, first.friends) == ("cat", None, None, [])
    first.tags.append("a")
    first.friends.append(second)
    assert second.tags == []
    assert Pet(name="Bo").friends == []  # type: ignore[call-arg]
    types = {each["name"]: each["dataType"] for each in Pet.__mapper__.collection.to_json()["properties"]}
    assert types == {
        "name": ["text"],
        "kind": ["text"],
        "legs": ["int"],
        "tags": ["text[]"],
        "owner": ["Person"],
        "friends": ["Pet"],
    }


def test_every_option_reaches_the_schema() -> None:
    class Paper(Model):
        title: Field[str] = field(tokenization="whitespace", description="The headline", index_searchable=False)
        year: Field[int] = field(name="yearOfIssue", index_range_filters=True, index_filterable=False)
        note: Field[str] = field(default="", vectorize=False)
        written_by: Ref[list[Person]] = ref(
            name="writtenBy", description="Who wrote it", disable_duplicated_references=True, factory=list
        )
        summary: Vector = vector(vectorizer=Text2Vec.transformers(), source_properties=["title"], index=hnsw(ef=77))
        own: Vector = vector(name="ownVector", dimensions=3)

        class Meta:
            name = "TestPaper"
            description = "A paper"
            generative = module("generative-dummy")
            modules = (module("qna-openai", model="m"),)

    body = Paper.__mapper__.collection.to_json()
    assert body["class"] == "TestPaper"
    assert body["description"] == "A paper"
    assert body["moduleConfig"] == {"generative-dummy": {}, "qna-openai": {"model": "m"}}
    title, year, note, written_by = body["properties"]
    assert title["tokenization"] == "whitespace"
    assert title["indexSearchable"] is False
    assert year["name"] == "yearOfIssue"
    assert year["indexRangeFilters"] is True
    assert year["indexFilterable"] is False
    assert note["moduleConfig"]["text2vec-transformers"]["skip"] is True
    assert (written_by["name"], written_by["description"]) == ("writtenBy", "Who wrote it")
    assert written_by["disableDuplicatedReferences"] is True
    assert body["vectorConfig"]["summary"]["vectorizer"]["text2vec-transformers"]["properties"] == ["title"]
    assert body["vectorConfig"]["summary"]["vectorIndexConfig"]["ef"] == 77
    assert "ownVector" in body["vectorConfig"]


def test_vectorize_reaches_the_schema_where_the_server_vectorizes() -> None:
    class Given(Model):
        title: Field[str] = field(vectorize=False, vectorize_name=True)

    class Vectorized(Given):
        class Meta:
            vectorizer = Text2Vec.transformers()

    # without a vectorizer the server does not keep it, and it would be a difference for ever
    assert [(spec.vectorize, spec.vectorize_name) for spec in Given.__mapper__.collection.properties] == [(True, False)]
    assert [(spec.vectorize, spec.vectorize_name) for spec in Vectorized.__mapper__.collection.properties] == [
        (False, True)
    ]


def test_constructors_refuse_what_they_do_not_know() -> None:
    with pytest.raises(UnknownNameError, match="Person field 'nam' does not exist; did you mean 'name'"):
        Person(nam="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'name'"):
        Person()
    person = Person(name="x")  # type: ignore[call-arg]
    with pytest.raises(UnknownNameError, match="did you mean 'nickname'"):
        person.nicknam = "y"
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del person.name
    with pytest.raises(AttributeError, match=r"query belongs to the class: Person\.query"):
        _ = person.query
    person._private = 1  # what begins with an underscore is nobody's business


def test_vectors_are_checked() -> None:
    class Point(Model):
        at: Vector = vector(dimensions=2)

    with pytest.raises(ValidationError, match="at needs 2 dimensions, got 3"):
        Point(at=[1.0, 2.0, 3.0])
    with pytest.raises(ValidationError, match="needs a list of floats or a numpy array, got str"):
        Point(at="12")  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="is empty"):
        Point(at=[])
    with pytest.raises(ValidationError, match="does not exist beside named vectors: at"):
        Point(vector=[1.0])  # type: ignore[call-arg]
    for wrong in ([1.0, float("nan")], [1.0, "2"], [1.0, None]):
        with pytest.raises(ValidationError, match="finite numbers"):
            wire_vectors(Point(at=wrong))  # type: ignore[arg-type]


def test_bodies_that_weaviate_cannot_hold_are_refused() -> None:
    with pytest.raises(MappingError, match=r"A\.data: 'complex' is no type"):

        class A(Model):
            data: Field[complex]

        A(data=1j)

    with pytest.raises(MappingError, match="no arrays of blob"):

        class B(Model):
            data: Field[list[bytes]]

        B(data=[])

    with pytest.raises(MappingError, match=r"every model has 'id' already; give the attribute another name$"):

        class C(Model):
            id: Field[str]  # type: ignore[assignment]

    with pytest.raises(MappingError, match=r"every model has 'vector' already; .* by name='vector'"):

        class Vectored(Model):
            vector: Field[str]  # type: ignore[assignment]

    with pytest.raises(MappingError, match=r"separate the parts of a lookup; .* by name='first__name'"):

        class Lookup(Model):
            first__name: Field[str]

    with pytest.raises(MappingError, match="does not begin with an underscore"):

        class D(Model):
            _hidden: Field[str]

    with pytest.raises(MappingError, match="a field needs an annotation"):

        class E(Model):
            name = field()  # pyright: ignore[reportGeneralTypeIssues]

    with pytest.raises(MappingError, match="is empty, not None"):

        class F(Model):
            others: Ref[list[Person] | None]

    with pytest.raises(MappingError, match=r"Ref\[…\] names models"):

        class G(Model):
            other: Ref[str]

    with pytest.raises(UnknownNameError, match=r"H\.Meta option 'vectoriser'.*did you mean 'vectorizer'"):

        class H(Model):
            class Meta:
                vectoriser = None

    with pytest.raises(UnknownNameError, match=r"I\.Meta\.key field 'nam'"):

        class I(Model):  # noqa: E742
            name: Field[str]

            class Meta:
                key = ("nam",)

    with pytest.raises(MappingError, match=r"lower|upper|begins|capital|\[A-Z\]"):

        class j(Model):  # noqa: N801
            name: Field[str]

        _ = j.__mapper__.collection


def test_references_must_lead_somewhere() -> None:
    class Lost(Model):
        to: Ref[Nowhere | None] = ref(default=None)  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(MappingError, match="Lost refers to 'Nowhere', and no such model is defined"):
        _ = Lost.__mapper__.collection
    Lost()  # an object is no reason yet

    class ToAbstract(Model):
        to: Ref[Stamped | None] = ref(default=None)

    with pytest.raises(MappingError, match="no model with a collection of its own"):
        _ = ToAbstract.__mapper__.collection


def test_a_cell_of_a_notebook_may_be_run_again(client: Client, unique: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = f"""
from __future__ import annotations
from weaviate_orm import Field, Model, Ref, ref

class Cell(Model):
    name: Field[str]
    next: Ref[Cell | None] = ref(default=None)
    owner: Ref[CellOwner | None] = ref(inverse="cells", default=None)

    class Meta:
        name = "{unique}Cell"

class CellOwner(Model):
    cells: Ref[list[Cell]] = ref(inverse="owner", factory=list)

    class Meta:
        name = "{unique}CellOwner"
"""
    notebook = ModuleType("notebook")
    monkeypatch.setitem(sys.modules, "notebook", notebook)
    models: tuple[type[Model], ...] = ()
    for _ in range(3):
        exec(cell, vars(notebook))  # noqa: S102
        models = notebook.Cell, notebook.CellOwner
        create_all(client, models)
        with Session(client) as session:
            cell_object = notebook.Cell(name="first", owner=notebook.CellOwner())
            cell_object.next = notebook.Cell(name="second", next=cell_object)
            session.add(cell_object)
            session.commit()
        with Session(client) as session:
            found = session.query(notebook.Cell).include("next", "owner").get(cell_object.id)
            assert type(found.next) is notebook.Cell
            assert type(found.owner) is notebook.CellOwner
            assert session.query(notebook.CellOwner).where(notebook.CellOwner.cells.name == "first").exists()
    assert [model for model in registered() if model.__module__ == "notebook"] == list(models)


def test_models_that_a_function_makes_refer_to_their_own(client: Client, unique: str) -> None:
    def models(kind: str) -> tuple[type[Model], type[Model]]:
        class Part(Model):
            class Meta:
                name = f"{unique}{kind}Part"

        class Whole(Model):
            parts: Ref[list[Part]] = ref(factory=list)

            class Meta:
                name = f"{unique}{kind}Whole"

        return Whole, Part

    (first, part), (_, other_part) = models("One"), models("Two")
    assert first.__mapper__.collection.references[0].targets == (f"{unique}OnePart",)
    assert first(parts=[part()]).parts  # type: ignore[call-arg, attr-defined]
    with pytest.raises(ValidationError, match="parts refers to Part"):
        first(parts=[other_part()])  # type: ignore[call-arg]


def test_create_all_makes_what_is_missing_and_drop_all_only_what_is_its_own(client: Client, unique: str) -> None:
    def models(*, more: bool) -> list[type[Model]]:
        class Left(Model):
            name: Field[str]
            right: Ref[Right | None] = ref(default=None)

            class Meta:
                name = f"{unique}Left"

        class Right(Model):
            left: Ref[Left | None] = ref(default=None)

            class Meta:
                name = f"{unique}Right"

        if not more:
            return [Left, Right]

        class Leftmore(Model):
            name: Field[str]
            size: Field[int | None] = field(default=None)
            right: Ref[Right | None] = ref(default=None)

            class Meta:
                name = f"{unique}Left"

        return [Leftmore, Right]

    with recorded_requests(client) as requests:
        create_all(client, models(more=False))
    assert [request.method for request in requests] == ["GET", "POST", "POST", "POST"]  # two classes, one cycle
    with recorded_requests(client) as requests:
        create_all(client, models(more=False))
    assert len(requests) == 1
    with recorded_requests(client) as requests:
        create_all(client, models(more=True))
    assert len(requests) == 2

    class Changed(Model):
        name: Field[int]

        class Meta:
            name = f"{unique}Left"

    with pytest.raises(SchemaMismatchError, match=f"{unique}Left") as caught:
        create_all(client, [Changed])
    assert caught.value.collection == f"{unique}Left"
    left, _ = models(more=True)
    drop_all(client, [left])
    assert not client.schema.exists(f"{unique}Left")
    assert client.schema.exists(f"{unique}Right")


def test_named_vectors_go_in_and_come_back(client: Client, unique: str) -> None:
    class Twin(Model):
        one: Vector = vector(default=None)
        two: Vector = vector(default=None, index=hnsw(distance="l2-squared"))

        class Meta:
            name = f"{unique}Twin"

    create_all(client, [Twin])
    with Session(client) as session:
        session.add_all([Twin(one=[1, 2], two=[0.5]), Twin(one=(3.0, 4.0))])
        session.commit()
    with Session(client) as session:
        found = {twin.one[0]: twin for twin in session.query(Twin).with_vector() if twin.one}  # type: ignore[index]
        assert found[1].two == [0.5]
        assert found[3].one == [3, 4]
        assert found[3].two is None
        found[1].one = [5, 6]
        twin = found[3]
        assert isinstance(twin.one, list)
        twin.one[0] = 7
        assert set(session.dirty) == {found[1], twin}
        session.commit()
        assert session.dirty == ()
    with Session(client) as session:
        assert sorted(twin.one for twin in session.query(Twin).with_vector("one") if twin.one) == [[5, 6], [7, 4]]  # type: ignore[type-var]


def test_equal_keys_make_equal_ids() -> None:
    class Visit(Model):
        at: Field[datetime]
        weight: Field[float] = field(default=0.0)

        class Meta:
            key = ("at", "weight")

    in_utc = datetime(2024, 1, 1, 12, tzinfo=timezone.utc)
    elsewhere = in_utc.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert Visit(at=in_utc).id == Visit(at=elsewhere).id
    assert Visit(at=in_utc, weight=1).id == Visit(at=in_utc, weight=1.0).id
    assert Visit(at=in_utc).id != Visit(at=in_utc + timedelta(microseconds=1)).id
    with pytest.raises(ValidationError, match="naive"):
        Visit(at=datetime(2024, 1, 1))


def test_an_id_is_a_uuid() -> None:
    assert isinstance(Person(name="x").id, UUID)  # type: ignore[call-arg]
    person = Person(name="x")  # type: ignore[call-arg]
    assert person.id == person.id
