"""Annotations mean the same in every way in which they are written, on every Python."""

from __future__ import annotations

import sys

import pytest

from tests.model.source_modules import FUTURE, Write, types_of
from weaviate_orm import MappingError, ValidationError

ONE = [
    'Ref["Target | None"]',
    'Ref[Optional["Target"]]',
    'Ref[Union["Target", None]]',
    'Ref["Optional[Target]"]',
    '"Ref[Target | None]"',
    '''"Ref['Target | None']"''',
    'Annotated[Ref["Target | None"], "first"]',
    'Ref[Annotated["Target", "first"] | None]',
    '"Target | None"',
    'Optional["Target"]',
]
MANY = [
    'Ref[list["Target"]]',
    'Ref[List["Target"]]',
    'Ref["list[Target]"]',
    'Ref["List[Target]"]',
    '"Ref[list[Target]]"',
    """'Ref[list["Target"]]'""",
    'list["Target"]',
    'List["Target"]',
    '"list[Target]"',
]


@pytest.mark.parametrize("future", [FUTURE, ""])
@pytest.mark.parametrize("form", ONE)
def test_one_object_in_every_way(module: Write, form: str, future: str) -> None:
    written = module(
        f"""
        class Holder(Model):
            x: {form} = ref(default=None)
        class Target(Model):
            name: Field[str]
        """,
        future=future,
    )
    assert types_of(written.Holder) == {"x": ["Target"]}
    target = written.Target(name="t")
    assert written.Holder(x=target).x is target
    assert written.Holder().x is None
    with pytest.raises(ValidationError, match="refers to Target, got Holder"):
        written.Holder(x=written.Holder())


@pytest.mark.parametrize("future", [FUTURE, ""])
@pytest.mark.parametrize("form", MANY)
def test_many_objects_in_every_way(module: Write, form: str, future: str) -> None:
    written = module(
        f"""
        class Holder(Model):
            x: {form}
        class Target(Model):
            name: Field[str]
        """,
        future=future,
    )
    assert types_of(written.Holder) == {"x": ["Target"]}
    target = written.Target(name="t")
    assert written.Holder(x=[target]).x == [target]
    assert written.Holder().x == []


@pytest.mark.parametrize("future", [FUTURE, ""])
@pytest.mark.parametrize(
    "form",
    [
        'Ref[Union["Target", "Holder", None]]',
        'Ref["Target | Holder | None"]',
        'Ref[Optional["Target | Holder"]]',
        'Ref[list["Target | Holder"]]',
        'Ref[list[Union["Target", "Holder"]]]',
    ],
)
def test_objects_of_several_classes_in_every_way(module: Write, form: str, future: str) -> None:
    default = "factory=list" if "list" in form else "default=None"
    written = module(
        f"""
        class Holder(Model):
            x: {form} = ref({default})
        class Target(Model):
            name: Field[str]
        """,
        future=future,
    )
    assert types_of(written.Holder) == {"x": ["Target", "Holder"]}


@pytest.mark.parametrize("future", [FUTURE, ""])
@pytest.mark.parametrize(
    ("form", "data_type", "nullable"),
    [
        ('Field["str"]', "text", False),
        ('Field["str | None"]', "text", True),
        ('Field[Optional["str"]]', "text", True),
        ('Field[Union["str", None]]', "text", True),
        ('Optional["str"]', "text", True),
        ('Field[list["str"]]', "text[]", False),
        ('Field["List[int]"]', "int[]", False),
        ('Field[Optional[List["int"]]]', "int[]", True),
        ('Field["Inner"]', "object", False),
        ('Field[list["Inner"]]', "object[]", False),
        ('Field[Optional["Inner"]]', "object", True),
        ('Field["list[Inner] | None"]', "object[]", True),
        ('"""\n    Field[Inner\n    | None]\n"""', "object", True),
        ('Annotated[Field[Annotated["str", 1] | None], 2]', "text", True),
        ("Final[Field[str]]", "text", False),
        ('Field[NewType("Name", str)]', "text", False),
    ],
)
def test_values_in_every_way(module: Write, form: str, data_type: str, nullable: bool, future: str) -> None:
    """Also of attrs classes that are defined later."""
    written = module(f"class Holder(Model):\n    x: {form}\n@attrs.define\nclass Inner:\n    at: int\n", future=future)
    assert types_of(written.Holder) == {"x": [data_type]}
    assert written.Holder.__mapper__.properties["x"].nullable is nullable


# -- aliases

ALIASES = """
Targets = list["Target"]
Name = NewType("Name", str)
Names = List[Name]
Maybe: TypeAlias = "Name | None"
Shown = Annotated[Maybe, "shown"]

class Holder(Model):
    Own: TypeAlias = int
    targets: Ref[Targets]
    names: Field[Names]
    maybe: Field[Maybe]
    shown: Field["Shown"]
    own: Field[Own]

class Target(Model):
    name: Field[Name]
"""


@pytest.mark.parametrize("future", [FUTURE, ""])
def test_aliases_are_what_they_stand_for(module: Write, future: str) -> None:
    written = module(ALIASES, future=future)
    assert types_of(written.Holder) == {
        "targets": ["Target"],
        "names": ["text[]"],
        "maybe": ["text"],
        "shown": ["text"],
        "own": ["int"],
    }
    nullable = {name: each.nullable for name, each in written.Holder.__mapper__.properties.items()}
    assert nullable == {"names": False, "maybe": True, "shown": True, "own": False}
    assert types_of(written.Target) == {"name": ["text"]}


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the statement is of Python 3.12")
@pytest.mark.parametrize("future", [FUTURE, ""])
def test_the_type_statement(module: Write, future: str) -> None:
    module("class Inner(Model):\n    a: Field[int]\ntype Inners = list['Inner']\n", "elsewhere", future)
    written = module(
        """
        from elsewhere import Inners
        type Name = str
        type Maybe[T] = T | None
        type Pair[T] = list[T]
        type Endless = list["Endless"]
        class Inner(Model):
            b: Field[str]
        class Holder(Model):
            name: Field[Name]
            maybe: Field[Maybe[Name]]
            pair: Field[Pair[int]]
            inners: Ref[Inners]
        class Base[T](Model):
            value: Field[T]
        class Whole(Base[int]):
            pass
        """,
        future=future,
    )
    assert types_of(written.Holder) == {"name": ["text"], "maybe": ["text"], "pair": ["int[]"], "inners": ["Inner"]}
    assert written.Holder.__mapper__.properties["maybe"].nullable
    assert types_of(written.Whole) == {"value": ["int"]}
    (target,) = written.Holder.__mapper__.declared["inners"].models()
    assert target is sys.modules["elsewhere"].Inner
    with pytest.raises(MappingError, match=r"Endless_\.x: .*contains itself"):
        module("type E = list['E']\nclass Endless_(Model):\n    x: Field[E]", "endless", future)
