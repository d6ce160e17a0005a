"""What an annotation cannot say is a MappingError with class, attribute and reason."""

from __future__ import annotations

import sys

import pytest

from tests.model.source_modules import Write, nested_types_of, types_of
from weaviate_orm import Field, MappingError, Model, Ref, UnknownNameError, field, ref

BODIES = [
    ("x: Field", "Field says no type"),
    ("x: Ref", "Ref says no type"),
    ("x: Final = 1", "Final says no type"),
    ("x: dataclasses.InitVar[int] = 1", "InitVar is for dataclasses"),
    ("x: 'Field[' = 1", r"the annotation .*Field\[.* cannot be read"),
    ("x: Field[1 + 'a'] = 1", "cannot be read"),
    ("x: 'Field[[each for each in Absent]]' = 1", "cannot be read"),
    ("x: Ref[int]", "names models"),
    ("x: Ref[list[Optional['Bad']]]", "names models"),
]
MEMBERS = [
    ("x: Field[T]", "T is a type variable"),
    ("x: Field[Page]", r"Page\.item: T is a type variable"),
    ("x: Field[list]", "a list says the type of its elements"),
    ("x: Field[List]", "a list says the type of its elements"),
    ("x: Field[int | str]", "holds values of one type"),
    ("x: Field[list[int | None]]", "lists hold no None"),
    ("x: Field[list[list[int]]]", "no arrays of int"),
    ("x: Field[Model]", r"Model is a model: refer to it, by Ref\[…\]"),
    ("x: Field[Tree]", r"Tree\.below: Tree contains itself \(Tree → Tree\)"),
    ("x: Field[list[Egg] | None] = None", r"Egg\.hen: Hen\.eggs: Egg contains itself \(Egg → Hen → Egg\)"),
    ("x: Field[Page[Tree]]", r"Tree\.below: Tree contains itself"),
    ("x: Field[Unknown]", r"Unknown\.y: name 'Nothing' is not defined"),
    ("x: Field[Broken]", r"Broken\.y: the annotation .* cannot be read"),
    ("x: Field[Passed]", r"Passed\.y: InitVar is for dataclasses"),
    ("x: Field[Bare]", r"Bare\.y: has no annotation"),
    ("x: Field[dict[str, complex]]", "'complex' is no type that Weaviate can hold"),
    ("x: [int]", "no type that Weaviate can hold"),
    ("x: {'a': 1}", "no type that Weaviate can hold"),
    ("x: Field[Callable[[int], str]]", "no type that Weaviate can hold"),
]
CLASSES = """
T = TypeVar("T")
@attrs.define
class Page(Generic[T]):
    item: T
@attrs.define
class Tree:
    below: list[Tree] = attrs.field(factory=list)
@attrs.define
class Egg:
    hen: Hen
@attrs.define
class Hen:
    eggs: Optional[list[Egg]] = None
@attrs.define
class Unknown:
    y: Nothing
@attrs.define
class Broken:
    y: "list["
@attrs.define
class Passed:
    y: dataclasses.InitVar[int]
@attr.s
class Bare:
    y = attr.ib()
"""


@pytest.mark.parametrize(("body", "reason"), BODIES)
def test_what_no_class_can_say_is_refused_by_its_statement(module: Write, body: str, reason: str) -> None:
    with pytest.raises(MappingError, match=rf"Bad\.x: .*{reason}"):
        module(f"class Bad(Model):\n    {body}")


@pytest.mark.parametrize(("body", "reason"), MEMBERS)
def test_what_cannot_be_stored_is_refused_with_the_schema(module: Write, body: str, reason: str) -> None:
    written = module(f"import attr\n{CLASSES}\nclass Bad(Model):\n    {body}")
    for _ in range(2):
        with pytest.raises(MappingError, match=rf"Bad\.x: .*{reason}"):
            written.Bad.__mapper__.collection  # noqa: B018


def test_slots(module: Write) -> None:
    written = module(
        """
        class Mixin:
            __slots__ = ("name",)
            name: Field[str]
        class Loose(Mixin, Model):
            __slots__ = ("count", "_cache")
            count: Field[int]
        @attrs.define
        class Inner:
            x: int
        @attrs.define
        class Deeper(Inner):
            y: Inner
        class Holder(Model):
            inner: Field[Deeper]
        """
    )
    loose = written.Loose(name="a", count=1)
    loose._cache = 5
    loose.count = 2
    assert (loose.name, loose.count, loose._cache) == ("a", 2, 5)
    assert types_of(written.Loose) == {"name": ["text"], "count": ["int"]}
    assert nested_types_of(written.Holder, "inner") == {"x": ["int"], "y": ["object"]}
    with pytest.raises(MappingError, match=r"Bad: 'name' in __slots__ conflicts .* leave out __slots__"):
        module("class Bad(Model):\n    __slots__ = ('name',)\n    name: Field[str] = 'x'")


def test_class_variables_are_no_fields_however_they_are_imported(module: Write) -> None:
    written = module(
        """
        import typing as tp
        class Counted(Model):
            kinds: tp.ClassVar[int] = 3
            name: Field[str]
            quoted: "ClassVar[int]" = 4
        """
    )
    assert list(written.Counted.__mapper__.declared) == ["name"]
    assert (written.Counted.kinds, written.Counted.quoted) == (3, 4)
    with pytest.raises(UnknownNameError, match="'kinds'"):
        written.Counted(name="a", kinds=1)


def test_the_default_of_the_class_itself_wins_over_its_mixins() -> None:
    class First:
        name: Field[str] = field(default="first")
        other: Field[str] = field(default="first")

    class Own(First, Model):
        name: Field[str] = field(default="own")

    assert (Own().name, Own().other) == ("own", "first")


def test_a_field_is_declared_again_by_an_annotation() -> None:
    class Named(Model):
        name: Field[str] = field(default="base")

    with pytest.raises(MappingError, match=r"Again\.name: a field needs an annotation"):

        class Again(Named):
            name = "again"  # pyright: ignore[reportAssignmentType]

    class Right(Named):
        name: Field[str] = field(default="again")

    assert Right().name == "again"


def test_annotations_stay_as_they_were_written(module: Write) -> None:
    written = module("class Mixin:\n    a: Field[str]\nclass Thing(Mixin, Model):\n    b: Field['int']\n")
    assert written.Thing.__annotations__ == {"b": "Field['int']"}
    assert sys.modules["typing"].get_type_hints(written.Thing)["b"] == Field[int]


def test_references_to_what_is_not_defined_are_refused_when_they_are_set() -> None:
    class Holder(Model):
        x: Ref[NeverDefined | None] = ref(default=None)  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(MappingError, match="NeverDefined"):
        Holder(x=Holder())
