"""Each name of an annotation means what it means where it was written."""

from __future__ import annotations

import sys

import attrs
import pytest

from tests.model.source_modules import FUTURE, Write, nested_types_of, nested_types_of_property, types_of
from weaviate_orm import MappingError, ValidationError
from weaviate_orm.model.instance_codec import check_value


@pytest.mark.parametrize("future", [FUTURE, ""])
def test_names_of_the_class_body(module: Write, future: str) -> None:
    written = module(
        """
        class Address(Model):
            name: Field[str]
        class Office(Model):
            @attrs.define
            class Address:
                street: str
            Number = int
            Many = list[Address]
            address: Field[Address]
            addresses: Field[Many]
            number: Field[Number | None] = field(default=None)
        """,
        future=future,
    )
    assert types_of(written.Office) == {"address": ["object"], "addresses": ["object[]"], "number": ["int"]}
    assert nested_types_of(written.Office, "address") == {"street": ["text"]}


def test_what_a_body_says_beside_is_no_type(module: Write) -> None:
    """Names that shadow their type: fields, defaults, methods; with annotations as text."""
    source = """
        from datetime import datetime
        class Shadow(Model):
            datetime: Field[datetime | None] = field(default=None)
            float: Field[float | None] = None
            str: str = "x"
            tags: Field[list[str]] = field(factory=list)
            def list(self) -> None: ...
            @property
            def int(self) -> None: ...
            count: Field[int] = field(default=0)
        @attrs.define
        class Inner:
            float: float | None = None
            bool: bool = True
            def int(self) -> int: ...
            number: int = 0
        @attrs.define(slots=False)
        class Loose:
            float: float | None = None
        class Holder(Model):
            inner: Field[Inner]
            loose: Field[Loose]
        """
    written = module(source)
    assert types_of(written.Shadow) == {
        "datetime": ["date"],
        "float": ["number"],
        "str": ["text"],
        "tags": ["text[]"],
        "count": ["int"],
    }
    assert nested_types_of(written.Holder, "inner") == {"float": ["number"], "bool": ["boolean"], "number": ["int"]}
    assert nested_types_of(written.Holder, "loose") == {"float": ["number"]}
    assert written.Shadow().float is None


@pytest.mark.parametrize("future", [FUTURE, ""])
def test_classes_of_a_function(module: Write, future: str) -> None:
    written = module(
        """
        @attrs.define
        class Inner:
            outside: str
        class Other(Model):
            outside: Field[str]
        def local():
            @attrs.define
            class Inner:
                inside: int
            @attrs.define
            class Outer:
                inner: Inner
                inners: list[Inner]
            class Holder(Model):
                outer: Field[Outer]
                other: Ref["Other | None"] = ref(default=None)
                several: Ref[list["Other"]]
            class Other(Model):
                inside: Field[str]
            return Holder, Other
        """,
        future=future,
    )
    holder, other = written.local()
    assert nested_types_of(holder, "outer") == {"inner": ["object"], "inners": ["object[]"]}
    inner = holder.__mapper__.properties["outer"].spec.nested[0]
    assert [each.name for each in inner.nested] == ["inside"]
    assert holder.__mapper__.declared["other"].models() == [other]
    assert types_of(holder) == {"outer": ["object"], "other": ["Other"], "several": ["Other"]}
    with pytest.raises(ValidationError, match="refers to Other"):
        check_value(holder.__mapper__, None, "other", written.Other(outside="x"))


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations keep what they name from Python 3.14 on")
def test_names_of_the_functions_further_out_are_captured(module: Write) -> None:
    written = module(
        """
        def outer():
            @attrs.define
            class Inner:
                x: int
            def inner():
                class Deep(Model):
                    inner: Field[Inner]
                    later: Field[Later]
                return Deep
            made = inner()
            @attrs.define
            class Later:
                y: Inner
            return made
        """,
        future="",
    )
    deep = written.outer()
    assert nested_types_of(deep, "inner") == {"x": ["int"]}
    assert nested_types_of(deep, "later") == {"y": ["object"]}


def test_a_model_may_have_the_name_of_an_exception(module: Write) -> None:
    written = module(
        """
        class Log(Model):
            warnings: Ref[list[Warning]]
        class Warning(Model):
            text: Field[str]
        """
    )
    assert types_of(written.Log) == {"warnings": ["Warning"]}


# -- other modules


@pytest.mark.parametrize("future", [FUTURE, ""])
def test_mixins_and_bases_are_read_in_their_own_module(module: Write, future: str) -> None:
    theirs = module(
        """
        @attrs.define
        class Kind:
            theirs: str
        class Mixin:
            kind: Field["Kind"]
            kinds: list["Kind"]
            tag: Ref["Tag | None"] = ref(default=None)
        class Base(Model):
            base_kind: Field["Kind | None"] = field(default=None)
            base_tag: Ref["Tag | None"] = ref(default=None)
            class Meta:
                abstract = True
        class Tag(Model):
            theirs: Field[str]
        """,
        "theirs",
        future,
    )
    ours = module(
        """
        from theirs import Base, Mixin
        @attrs.define
        class Kind:
            ours: int
        class Tag(Model):
            ours: Field[str]
        class Thing(Mixin, Base):
            kind_here: Field[Kind]
            tag_here: Ref["Tag | None"] = ref(default=None)
        """,
        "ours",
        future,
    )
    assert nested_types_of(ours.Thing, "kind") == {"theirs": ["text"]}
    assert nested_types_of(ours.Thing, "kinds") == {"theirs": ["text"]}
    assert nested_types_of(ours.Thing, "base_kind") == {"theirs": ["text"]}
    assert nested_types_of(ours.Thing, "kind_here") == {"ours": ["int"]}
    declared = ours.Thing.__mapper__.declared
    assert declared["tag"].models() == declared["base_tag"].models() == [theirs.Tag]
    assert declared["tag_here"].models() == [ours.Tag]
    thing = ours.Thing(kind=theirs.Kind("a"), kinds=[], kind_here=ours.Kind(1), tag=theirs.Tag(theirs="x"))
    with pytest.raises(ValidationError, match="kind needs a Kind"):
        thing.kind = ours.Kind(1)
    with pytest.raises(ValidationError, match="tag refers to Tag"):
        thing.tag = ours.Tag(ours="y")


@pytest.mark.parametrize("future", [FUTURE, ""])
def test_nested_classes_are_read_in_their_own_module(module: Write, future: str) -> None:
    module(
        """
        @attrs.define
        class Part:
            theirs: str
        @attrs.define
        class Whole:
            part: "Part"
            parts: list["Part"] = attrs.field(factory=list)
        """,
        "theirs",
        future,
    )
    ours = module(
        """
        from theirs import Whole
        @attrs.define
        class Part:
            ours: int
        @attrs.define
        class Special(Whole):
            extra: Optional["Part"] = None
        class Holder(Model):
            whole: Field[Whole]
            special: Field["Special"]
        """,
        "ours",
        future,
    )
    nested = {each["name"]: each for each in ours.Holder.__mapper__.collection.to_json()["properties"]}
    for name in ("whole", "special"):
        members = {each["name"]: each["nestedProperties"] for each in nested[name]["nestedProperties"]}
        assert [each["name"] for each in members["part"]] == ["theirs"]
        assert [each["name"] for each in members["parts"]] == ["theirs"]
    assert [each["name"] for each in members["extra"]] == ["ours"]


def test_names_for_type_checkers_only(module: Write) -> None:
    """Models are found by their names, which is how modules that need each other refer to each other's."""
    essayists = module(
        """
        if TYPE_CHECKING:
            from essays import Essay
            import essays
        class Essayist(Model):
            essays: Ref[list[Essay]] = ref(inverse="essayist")
            best: Ref[essays.Essay | None] = ref(default=None)
        """,
        "essayists",
    )
    essays = module(
        """
        from essayists import Essayist
        class Essay(Model):
            essayist: Ref[Essayist | None] = ref(default=None, inverse="essays")
        """,
        "essays",
    )
    essayist = essayists.Essayist()
    assert essays.Essay(essayist=essayist) in essayist.essays
    assert types_of(essayists.Essayist) == {"essays": ["Essay"], "best": ["Essay"]}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("x: Field[Absent]", "x: name 'Absent' is not defined .* import what is no model at run time"),
        ("x: Field[list[Absent] | None] = None", "x: name 'Absent' is not defined"),
        ("x: Field[Pages[int]]", "x: name 'Pages' is not defined"),
        ("x: Absent", "x: .* refers to 'Absent', and no such model is defined"),
        ("x: Ref[list[Absent]]", "x: .* refers to 'Absent', and no such model is defined"),
        ("x: Field[elsewhere.Absent]", "x: name 'elsewhere' is not defined"),
    ],
)
def test_what_is_not_there_is_told_when_it_is_needed(module: Write, body: str, reason: str) -> None:
    written = module(
        f"""
        if TYPE_CHECKING:
            import elsewhere
            from elsewhere import Absent, Pages
        class Holder(Model):
            {body}
        """
    )
    with pytest.raises(MappingError, match=rf"Holder\.{reason}"):
        written.Holder.__mapper__.collection  # noqa: B018


def test_what_is_defined_later_is_taken_when_it_is_there(module: Write) -> None:
    written = module(
        """
        class Holder(Model):
            kept: ClassVar[Registry[int]] = None
            inner: Field[Inner]
            page: Field[Page[int]]
            plain: Inner | None = None
        """
    )
    with pytest.raises(MappingError, match="'Inner' is not defined"):
        written.Holder(inner=1, page=2)
    later = module("class Inner:\n    x: int\nT = TypeVar('T')\nclass Page(Generic[T]):\n    x: T\n", "later")
    written.Inner, written.Page = attrs.define(later.Inner), attrs.define(later.Page)
    assert nested_types_of_property(written.Holder, "inner") == {"x": "int"}
    assert nested_types_of_property(written.Holder, "page") == {"x": "int"}
    with pytest.raises(MappingError, match=r"Holder\.plain: Inner is no model; .* is written Field\[…\]"):
        written.Holder.__mapper__.collection  # noqa: B018
