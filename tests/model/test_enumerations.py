"""Enumerations, literals and dates: which values a field takes, how they are stored, and how they come back."""

from __future__ import annotations

import enum
import pickle
from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any, Literal

import attrs
import pytest

from tests.empty_collections import empty_collections
from weaviate_orm import (
    Client,
    Field,
    MappingError,
    Model,
    Occurrence,
    QueryError,
    Session,
    StoredValueError,
    ValidationError,
    create_all,
    field,
)
from weaviate_orm.schema.collection_options import InvertedIndexSpec


class Colour(str, enum.Enum):
    RED = "red"
    DARK_RED = "dark red"
    THE = "the"  # a stopword


class Shape(enum.Enum):
    ROUND = "Round"
    FLAT = "round"  # another, though only the case differs


class Size(enum.IntEnum):
    SMALL = 1
    LARGE = 10


class Weight(enum.Enum):
    LIGHT = 0.5
    HEAVY = 2


class Access(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


class Answer(enum.Enum):
    YES = True
    NO = False


Letter = Literal["a", "b"]


@attrs.define
class Coat:
    colour: Colour
    letters: list[Letter] = attrs.field(factory=list)
    bought: date | None = None


class Paint(Model):
    name: Field[str]
    colour: Field[Colour] = field(default=Colour.RED)
    shape: Field[Shape | None] = field(default=None)
    size: Field[Size] = field(default=Size.SMALL)
    weight: Field[Weight] = field(default=Weight.LIGHT)
    access: Field[Access] = field(default=Access.READ)
    answer: Field[Answer] = field(default=Answer.NO)
    letter: Field[Letter | None] = field(default=None)
    number: Field[Literal[1, 2]] = field(default=1)
    warm: Field[Literal[Colour.RED, Colour.DARK_RED]] = field(default=Colour.RED)
    mixed: Field[date] = field(default=date(2020, 2, 29))
    colours: Field[list[Colour]] = field(factory=list)
    letters: Field[list[Letter]] = field(factory=list)
    days: Field[list[date]] = field(factory=list)
    coat: Field[Coat | None] = field(default=None)
    coats: Field[list[Coat]] = field(factory=list)

    class Meta:
        name = "TestPaint"
        key = ("name", "colour", "mixed")
        inverted_index = InvertedIndexSpec(index_null_state=True)


def paints() -> list[Paint]:
    return [
        Paint(name="one"),
        Paint(
            name="two",
            colour=Colour.DARK_RED,
            shape=Shape.ROUND,
            size=Size.LARGE,
            weight=Weight.HEAVY,
            access=Access.READ | Access.WRITE,
            answer=Answer.YES,
            letter="a",
            number=2,
            warm=Colour.DARK_RED,
            mixed=date(2020, 3, 1),
            colours=[Colour.RED, Colour.THE],
            letters=["b", "a"],
            days=[date(1, 1, 1), date(9999, 12, 31)],
            coat=Coat(Colour.DARK_RED, ["a"], date(1969, 7, 20)),
            coats=[Coat(Colour.RED), Coat(Colour.THE, ["b", "b"])],
        ),
        Paint(name="three", colour=Colour.THE, shape=Shape.FLAT, letter="b"),
    ]


def values_of(paint: Paint) -> dict[str, Any]:
    return {name: getattr(paint, name) for name in Paint.__mapper__.properties}


@pytest.fixture(scope="module")
def stored(client: Client) -> Iterator[None]:
    with empty_collections(client, [Paint]):
        with Session(client) as session:
            session.add_all(paints())
            session.commit()
        yield


@pytest.fixture
def session(client: Client, stored: None) -> Iterator[Session]:
    with Session(client) as session:
        yield session


def test_the_schema_compares_texts_as_a_whole() -> None:
    properties = {each["name"]: each for each in Paint.__mapper__.collection.to_json()["properties"]}
    assert {name: each["dataType"] for name, each in properties.items()} == {
        "name": ["text"],
        "colour": ["text"],
        "shape": ["text"],
        "size": ["int"],
        "weight": ["number"],
        "access": ["int"],
        "answer": ["boolean"],
        "letter": ["text"],
        "number": ["int"],
        "warm": ["text"],
        "mixed": ["date"],
        "colours": ["text[]"],
        "letters": ["text[]"],
        "days": ["date[]"],
        "coat": ["object"],
        "coats": ["object[]"],
    }
    whole = {name for name, each in properties.items() if each.get("tokenization") == "field"}
    assert whole == {"colour", "shape", "letter", "warm", "colours", "letters"}
    assert [each.get("tokenization") for each in properties["coat"]["nestedProperties"]] == ["field", "field", None]

    class Words(Model):
        colour: Field[Colour] = field(tokenization="word")

    assert Words.__mapper__.collection.to_json()["properties"][0]["tokenization"] == "word"


def test_values_come_back_as_what_they_were(session: Session) -> None:
    for written in paints():
        by_rest = session.get(Paint, written.id)
        (listed,) = [each for each in session.query(Paint).all() if each.name == written.name]
        by_graphql = session.query(Paint).where(name=written.name).order_by("name").one()
        for loaded in (by_rest, listed, by_graphql):
            assert loaded is not None
            assert values_of(loaded) == values_of(written)
            assert {name: type(value) for name, value in values_of(loaded).items()} == {
                name: type(value) for name, value in values_of(written).items()
            }
        assert not session.dirty


@pytest.mark.parametrize(
    ("lookups", "names"),
    [
        ({"colour": Colour.RED}, ["one"]),
        ({"colour": Colour.THE}, ["three"]),
        ({"colour__ne": Colour.RED}, ["three", "two"]),
        ({"colour__in": [Colour.RED, Colour.DARK_RED]}, ["one", "two"]),
        ({"colour__startswith": "dark"}, ["two"]),
        ({"colour__like": "*red"}, ["one", "two"]),
        ({"shape": Shape.ROUND}, ["two"]),
        ({"shape": None}, ["one"]),
        ({"size": Size.LARGE}, ["two"]),
        ({"size__gt": Size.SMALL}, ["two"]),
        ({"weight__lt": Weight.HEAVY}, ["one", "three"]),
        ({"access": Access.READ | Access.WRITE}, ["two"]),
        ({"answer": Answer.YES}, ["two"]),
        ({"letter": "a"}, ["two"]),
        ({"letter__in": ["a", "b"]}, ["three", "two"]),
        ({"number": 2}, ["two"]),
        ({"warm": Colour.DARK_RED}, ["two"]),
        ({"mixed": date(2020, 3, 1)}, ["two"]),
        ({"mixed__lt": date(2020, 3, 1)}, ["one", "three"]),
        ({"mixed__gte": date(2020, 3, 1)}, ["two"]),
        ({"colours": Colour.THE}, ["two"]),
        ({"colours__contains_all": [Colour.THE, Colour.RED]}, ["two"]),
        ({"letters__contains_any": ["a"]}, ["two"]),
        ({"days": date(9999, 12, 31)}, ["two"]),
    ],
)
def test_filters_take_the_values(session: Session, lookups: dict[str, Any], names: list[str]) -> None:
    assert [each.name for each in session.query(Paint).where(**lookups).order_by("name")] == names


def test_expressions_and_orders(session: Session) -> None:
    query = session.query(Paint)
    assert [each.name for each in query.where(Paint.colour == Colour.DARK_RED)] == ["two"]
    assert [each.name for each in query.where(Paint.mixed > date(2020, 2, 29))] == ["two"]
    assert [each.name for each in query.order_by("-mixed", "name")] == ["two", "one", "three"]
    assert [each.name for each in query.order_by("-size", "name")] == ["two", "one", "three"]


def test_plain_results_have_the_values(session: Session) -> None:
    query = session.query(Paint).order_by("name")
    assert query.values_list("colour", flat=True) == [Colour.RED, Colour.THE, Colour.DARK_RED]
    assert query.values("shape", "mixed", "letter")[2] == {
        "shape": Shape.ROUND,
        "mixed": date(2020, 3, 1),
        "letter": "a",
    }

    @attrs.frozen
    class Row:
        size: Size
        coat: Coat | None

    assert query.into(Row)[2] == Row(Size.LARGE, Coat(Colour.DARK_RED, ["a"], date(1969, 7, 20)))
    pandas = pytest.importorskip("pandas")
    frame = query.to_pandas("colour", "mixed")
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame["mixed"]) == [date(2020, 2, 29), date(2020, 2, 29), date(2020, 3, 1)]
    assert list(frame["colour"]) == [Colour.RED, Colour.THE, Colour.DARK_RED]
    table = query.to_arrow("colour", "size", "mixed", "coat")
    assert table["colour"].to_pylist() == ["red", "the", "dark red"]
    assert table["size"].to_pylist() == [1, 1, 10]
    assert table["mixed"].to_pylist() == [date(2020, 2, 29), date(2020, 2, 29), date(2020, 3, 1)]
    assert table["coat"].to_pylist()[2] == {"colour": "dark red", "letters": ["a"], "bought": date(1969, 7, 20)}


def test_figures_are_of_the_values(session: Session) -> None:
    query = session.query(Paint)
    assert query.aggregate(Paint.size.maximum(), Paint.size.sum(), Paint.weight.minimum()) == (
        Size.LARGE,
        12,
        Weight.LIGHT,
    )
    assert query.aggregate(Paint.mixed.minimum(), Paint.mixed.mode()) == (date(2020, 2, 29), date(2020, 2, 29))
    half = query.where(colour__in=[Colour.RED, Colour.DARK_RED]).aggregate(Paint.mixed.median())
    assert half == datetime(2020, 2, 29, 12, tzinfo=timezone.utc)  # between the two
    top = query.aggregate(Paint.colours.top())
    assert sorted(top, key=lambda each: each.value) == [Occurrence(Colour.RED, 1), Occurrence(Colour.THE, 1)]
    assert {each.value: each.count for each in query.aggregate_by("colour")} == dict.fromkeys(Colour, 1)
    assert {each.value: each.count for each in query.aggregate_by("size")} == {Size.SMALL: 2, Size.LARGE: 1}
    assert {each.value: each.count for each in query.aggregate_by("mixed")} == {
        date(2020, 2, 29): 2,
        date(2020, 3, 1): 1,
    }
    assert {each.value: each.count for each in query.aggregate_by("answer")} == {Answer.NO: 2, Answer.YES: 1}
    figure = pickle.loads(pickle.dumps(Paint.colours.top()))
    assert query.aggregate(figure) == top


def test_keys_and_updates(client: Client, stored: None) -> None:
    assert Paint(name="one").id == paints()[0].id
    assert Paint(name="one", colour=Colour.THE).id != paints()[0].id
    with Session(client) as session:
        three = session.query(Paint).get(name="three")
        three.shape, three.coat = None, Coat(Colour.RED)
        three.coat.letters.append("a")
        session.commit()
    with Session(client) as session:
        three = session.query(Paint).get(name="three")
        assert (three.shape, three.coat) == (None, Coat(Colour.RED, ["a"]))
        assert session.query(Paint).where(name="three").update(shape=Shape.FLAT, coat=None) == 1
    with Session(client) as session:
        assert session.query(Paint).get(shape=Shape.FLAT).name == "three"


@pytest.mark.parametrize(
    ("attribute", "value", "reason"),
    [
        ("colour", "red", r"colour needs a Colour, got str 'red'; that is Colour\.RED"),
        ("colour", "mauve", "colour needs a Colour, got str 'mauve'$"),
        ("colour", Shape.ROUND, "colour needs a Colour, got Shape"),
        ("colour", None, "colour needs a value"),
        ("size", 10, "size needs a Size, got int 10; that is Size\\.LARGE"),
        ("letter", "c", "letter needs one of 'a', 'b', got str 'c'"),
        ("number", True, "number needs one of 1, 2, got bool True"),
        ("number", 1.0, "number needs one of 1, 2, got float"),
        ("warm", Colour.THE, "warm needs one of <Colour.RED"),
        ("warm", "red", "warm needs one of <Colour.RED"),
        ("mixed", datetime(2020, 1, 1, tzinfo=timezone.utc), r"mixed needs a date, got .* whose time would be lost"),
        ("mixed", "2020-01-01", "mixed needs a date, got str"),
        ("colours", [Colour.RED, "red"], r"colours \[1\] needs a Colour, got str 'red'"),
        ("coat", Coat("red"), "coat colour: needs a Colour, got str 'red'"),  # type: ignore[arg-type]
        ("name", Colour.RED, "name needs a plain str, got Colour <Colour.RED.* annotate it as Colour"),
    ],
)
def test_other_values_are_refused(attribute: str, value: Any, reason: str) -> None:
    paint = Paint(name="x")
    with pytest.raises(ValidationError, match=reason):
        setattr(paint, attribute, value)
    with pytest.raises(ValidationError, match=reason):
        Paint(**{"name": "x", attribute: value})


def test_plain_numbers_take_no_members() -> None:
    class Plain(Model):
        whole: Field[int]
        part: Field[float]
        words: Field[list[str]]
        moment: Field[datetime]

    class Half(float, enum.Enum):
        HALF = 0.5

    good: dict[str, Any] = {"whole": 1, "part": 1.0, "words": [], "moment": datetime.now(timezone.utc)}
    for name, value, reason in (
        ("whole", Size.SMALL, "needs a plain int, got Size"),
        ("part", Half.HALF, "needs a plain float, got Half"),
        ("part", Size.SMALL, "needs a plain float, got Size"),
        ("words", [Colour.RED], r"\[0\] needs a plain str"),
        ("moment", date(2020, 1, 1), "needs a datetime, got date"),
    ):
        with pytest.raises(ValidationError, match=f"{name} {reason}"):
            Plain(**{**good, name: value})


@pytest.mark.parametrize(
    ("lookups", "reason"),
    [
        ({"colour": "red"}, r"needs a Colour, got str 'red'; that is Colour\.RED"),
        ({"colour__in": ["red"]}, "needs a Colour"),
        ({"letter": "c"}, "needs one of 'a', 'b'"),
        ({"mixed__gt": datetime(2020, 1, 1, tzinfo=timezone.utc)}, "needs a date"),
        ({"name": Colour.RED}, "needs a plain str"),
        ({"size__like": "1*"}, "asks for text"),
    ],
)
def test_filters_refuse_the_same(lookups: dict[str, Any], reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        Paint.query.where(**lookups)


def test_what_others_stored_and_no_type_holds_is_told(client: Client, unique: str) -> None:
    class Loose(Model):
        colour: Field[str]
        day: Field[datetime]
        size: Field[int]

        class Meta:
            name = f"{unique}Strict"

    class Strict(Model):
        colour: Field[Colour | None] = field(tokenization="word")
        day: Field[date | None]
        size: Field[Size | None]

        class Meta:
            name = f"{unique}Strict"

    noon = datetime(2020, 1, 1, 12, tzinfo=timezone.utc)
    create_all(client, [Loose])
    with Session(client) as session:
        session.add(Loose(colour="mauve", day=noon, size=3))
        session.commit()
    with Session(client) as session:
        for others, reason in (
            ({"day", "size"}, r"colour is 'mauve' .* no value of Colour, which are 'red', 'dark red', 'the'"),
            ({"colour", "size"}, "day is '2020-01-01T12:00:00Z' .* no midnight of UTC, as which a date is stored"),
            ({"colour", "day"}, "size is 3 .* no value of Size, which are 1, 10"),
        ):
            with pytest.raises(StoredValueError, match=reason):
                session.query(Strict).defer(*others).one()
        with pytest.raises(StoredValueError, match="colour is 'mauve' of a group"):
            session.query(Strict).aggregate_by("colour")
        with pytest.raises(StoredValueError, match="day is '2020-01-01T12:00:00Z' of some object"):
            session.query(Strict).aggregate(Strict.day.maximum())
        with pytest.raises(StoredValueError, match="colour is 'mauve' of some object"):
            session.query(Strict).aggregate(Strict.colour.top())


def test_an_enumeration_may_take_other_spellings(client: Client, unique: str) -> None:
    class Lenient(enum.Enum):
        RED = "red"
        OTHER = "other"

        @classmethod
        def _missing_(cls, value: object) -> Lenient:
            return cls.OTHER

    class Thing(Model):
        value: Field[Lenient]

        class Meta:
            name = f"{unique}Thing"

    create_all(client, [Thing])
    client.data_object.create({"value": "mauve"}, f"{unique}Thing")
    with Session(client) as session:
        thing = session.query(Thing).one()
        assert thing.value is Lenient.OTHER
        assert not session.dirty


def test_types_that_cannot_be_stored_say_what_to_do() -> None:
    class Empty(enum.Enum):
        pass

    class Mixed(enum.Enum):
        ONE = 1
        TWO = "two"

    class Planet(enum.Enum):
        EARTH = (5.9, 6.3)

    class Huge(enum.IntEnum):
        HUGE = 2**60

    class Spaced(enum.Enum):
        A = "a"
        B = " a "

    class Money:
        pass

    for annotation, reason in (
        (Empty, "the enum Empty has no values"),
        (Mixed, "the enum Mixed has values of int and str, and a property holds those of one type"),
        (Planet, r"Planet\.EARTH is tuple \(5\.9, 6\.3\), and the enum Planet is stored by its values"),
        (Huge, r"Huge\.HUGE takes ints between"),
        (Spaced, "the enum Spaced has 'a' and ' a ': Weaviate compares texts without the spaces around"),
        (Literal["a", 1], r"Literal\['a', 1\] has values of int and str"),
        (Literal["a", Colour.RED], "mixes types"),
        (Literal[b"a"], r"is bytes b'a'"),
        (Money, r"'Money' is no type .* register_type\(\) lets a property hold another class"),
    ):
        typed: Any = Field
        metaclass: Any = type(Model)
        model = metaclass("Bad", (Model,), {"__annotations__": {"x": typed[annotation]}, "__module__": __name__})
        with pytest.raises(MappingError, match=rf"Bad\.x: .*{reason}"):
            model.__mapper__.collection  # noqa: B018


def test_literals_join_and_may_be_none() -> None:
    class Joined(Model):
        value: Field[Literal["a", None] | Literal["b"]] = field(default=None)

    values = [Joined(value=value).value for value in ("a", "b", None)]
    assert values == ["a", "b", None]
    with pytest.raises(ValidationError, match="needs one of 'a', 'b'"):
        Joined(value="c")  # type: ignore[arg-type]
