"""Instances: made at once where the class leaves that to attrs, and the same where it has a say in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

import attrs
import pytest

from weaviate_orm import Field, MappingError, Model, Ref, UnknownNameError, ValidationError, Vector, field, ref, vector
from weaviate_orm.model.state import state_of

ID = UUID(int=7)


class Book(Model):
    title: Field[str]
    pages: Field[int | None] = None  # type: ignore[assignment]
    tags: Field[list[str]] = field(factory=list)
    summary: Vector = vector(dimensions=2)


class SetterBook(Model):
    """As Book; attrs assigns attribute by attribute, because of the setter."""

    title: Field[str]
    pages: Field[int | None] = None  # type: ignore[assignment]
    tags: Field[list[str]] = field(factory=list)
    summary: Vector = vector(dimensions=2)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)


both = pytest.mark.parametrize("model", [Book, SetterBook])


def test_the_two_ways_are_two() -> None:
    assert Book.__constructor__.make({"title": "a"}) is not None
    assert SetterBook.__constructor__.make({"title": "a"}) is None


@both
def test_values_and_defaults(model: type[Any]) -> None:
    tags, numbers = ["a"], [1.0, 2.0]
    whole = model(id=ID, title="Middlemarch", pages=880, tags=tags, summary=numbers)
    assert (whole.id, whole.title, whole.pages) == (ID, "Middlemarch", 880)
    assert whole.tags is tags
    assert whole.summary is numbers
    first, second = model(title="a"), model(title="b")
    assert vars(first).keys() == {"_state", "vector", "title", "pages", "tags", "summary"}
    assert list(vars(first)) == list(vars(whole))
    assert (first.pages, first.tags, first.summary, first.vector) == (None, [], None, None)
    assert first.tags is not second.tags
    assert state_of(first) is not state_of(second)


@both
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", None),
        ("title", 5),
        ("title", "\ud800"),
        ("pages", "many"),
        ("pages", 2**60),
        ("tags", None),
        ("tags", "a"),
        ("tags", ["a", 5]),
        ("summary", "a"),
        ("summary", []),
        ("summary", [1.0]),
        ("summary", [[1.0, 2.0]]),
        ("vector", [1.0]),
        ("id", "7"),
    ],
)
def test_a_wrong_value_is_refused_as_it_is_when_it_is_assigned(model: type[Any], name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as made:
        model(**{"title": "right", name: value})
    with pytest.raises(ValidationError) as assigned:
        setattr(model(title="right"), name, value)
    assert made.value.field == assigned.value.field == name
    assert isinstance(made.value.instance, model)
    assert str(made.value).partition(f": {name} ")[2] == str(assigned.value).partition(f": {name} ")[2]


@both
def test_missing_and_unknown_arguments(model: type[Any]) -> None:
    with pytest.raises(TypeError, match="title"):
        model(pages=5)
    with pytest.raises(TypeError):
        model("Middlemarch")
    with pytest.raises(UnknownNameError, match=r"titel.*title"):
        model(titel="Middlemarch")
    with pytest.raises(UnknownNameError, match="page"):  # before any value is looked at
        model(title=5, page=5)


def test_the_first_wrong_value_is_named_with_what_came_before_it() -> None:
    with pytest.raises(ValidationError, match=r"Book transient title='a'.*pages"):
        Book(title="a", pages="many", tags=5)  # type: ignore[arg-type,call-arg]


def test_a_class_with_an_init_of_its_own() -> None:
    class Quote(Model):
        text: Field[str]

        def __init__(self, words: list[str], **others: Any) -> None:
            self.__attrs_init__(text=" ".join(words), **others)  # type: ignore[attr-defined]

    class LongQuote(Quote):
        source: Field[str] = ""  # type: ignore[assignment]

    assert Quote(["to", "be"], id=ID).text == "to be"
    longer: Any = LongQuote
    assert longer(text="to be", source="Hamlet").source == "Hamlet"


def test_a_class_with_hooks_of_attrs() -> None:
    seen: list[Any] = []

    class Noted(Model):
        text: Field[str] = attrs.field(converter=str.strip)
        length: Field[int] = attrs.field(default=attrs.Factory(lambda self: len(self.text), takes_self=True))  # pyright: ignore[reportAssignmentType]
        stars: Field[int] = attrs.field(default=3, validator=attrs.validators.le(5))  # pyright: ignore[reportAssignmentType]
        computed: Field[str] = attrs.field(default="fixed", init=False)  # pyright: ignore[reportAssignmentType]

        def __attrs_post_init__(self) -> None:
            seen.append(self)

    noted = Noted(text="  a note ")
    assert (noted.text, noted.length, noted.stars, noted.computed) == ("a note", 6, 3, "fixed")
    assert seen == [noted]
    with pytest.raises(ValueError, match="stars"):
        Noted(text="a", stars=6)
    with pytest.raises(UnknownNameError, match="computed"):
        Noted(text="a", computed="b")


def test_a_post_init_of_a_subclass_sees_checked_values() -> None:
    class Marked(Book):
        mark: Field[str] = ""  # type: ignore[assignment]

        def __attrs_post_init__(self) -> None:
            self.mark = self.title.upper()

    assert Marked(title="a").mark == "A"  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="title"):
        Marked(title=5)  # type: ignore[arg-type,call-arg]


def test_a_new_of_its_own() -> None:
    class Counted(Model):
        count: ClassVar[int] = 0
        text: Field[str]

        def __new__(cls, **values: Any) -> Any:
            Counted.count += 1
            return super().__new__(cls)

    assert [Counted(text="a").text, Counted.count] == ["a", 1]


def test_an_init_that_is_wrapped_later_is_called() -> None:
    calls: list[str] = []

    def logged(cls: Any) -> Any:
        init: Callable[..., None] = cls.__init__

        def logging_init(self: Any, **values: Any) -> None:
            calls.append(values["text"])
            init(self, **values)

        cls.__init__ = logging_init
        return cls

    @logged
    class Logged(Model):
        text: Field[str]

    assert Logged(text="a").text == "a"
    assert calls == ["a"]


def test_class_variables_are_no_parameters_of_subclasses() -> None:
    class Based(Model):
        unit: ClassVar[str] = "cm"
        length: Field[int]

    class Derived(Based):
        width: Field[int] = 0  # type: ignore[assignment]

    assert {attribute.name for attribute in attrs.fields(Derived)} == {"id", "length", "width"}  # type: ignore[arg-type]
    assert Derived(length=1).unit == "cm"
    for name in ("unit", "__options__", "options__"):
        with pytest.raises(UnknownNameError):
            Derived(length=1, **{name: "mm"})  # type: ignore[arg-type]


def test_references_and_their_inverses() -> None:
    class Shelf(Model):
        books: Ref[list[Volume]] = ref(inverse="shelf")

    class Volume(Model):
        shelf: Ref[Shelf | None] = ref(default=None, inverse="books")
        sequel: Ref[Volume | None] = None  # type: ignore[assignment]
        required: Ref[Shelf] = None  # type: ignore[assignment]

    shelf = Shelf()  # type: ignore[call-arg]
    volume = Volume(shelf=shelf, required=shelf)
    assert shelf.books == [volume]
    assert Volume(required=shelf, sequel=volume).sequel is volume
    with pytest.raises(ValidationError, match="required needs an object"):
        Volume()
    with pytest.raises(ValidationError, match="shelf refers to Shelf"):
        Volume(required=shelf, shelf=volume)  # type: ignore[arg-type]
    assert Shelf(books=[volume]).books == [volume]
    assert shelf.books == []


def test_a_type_that_cannot_be_stored_is_refused_when_an_instance_is_made() -> None:
    class Complex(Model):
        number: Field[complex]

    with pytest.raises(MappingError, match="number"):
        Complex(number=1j)
