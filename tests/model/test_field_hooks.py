"""The converter and the validator of a field: attrs' own, called when a value is assigned, and not when it loads."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest
from attrs import validators

from weaviate_orm import Client, Field, Model, Ref, Session, ValidationError, create_all, field, ref


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _described(value: str, instance: Any, attribute: Any) -> str:
    return value or f"{attribute.name} of {type(instance).__name__}"


class Person(Model):
    name: Field[str] = field(converter=_trimmed, validator=[validators.min_len(2), validators.max_len(8)])
    age: Field[int] = field(converter=int, validator=validators.and_(validators.ge(0), validators.lt(150)))
    mail: Field[str | None] = field(default=None, validator=validators.optional(validators.matches_re(r".+@.+")))
    tags: Field[set[str]] = field(factory=list, converter=set)
    first: Field[int] = field(default=1)
    last: Field[int] = field(default=9)

    @last.validator  # type: ignore[attr-defined,untyped-decorator] # pyright: ignore
    def _is_after(self, attribute: Any, value: int) -> None:
        if value < self.first:
            raise ValueError(f"{attribute.name} is before first")


class Employee(Person):
    boss: Ref[Person | None] = ref(default=None)
    room: Field[str] = attrs.field(default=" a ", converter=_trimmed)  # pyright: ignore[reportAssignmentType]


@pytest.mark.parametrize("model", [Person, Employee])
def test_values_are_converted_then_validated(model: Any) -> None:
    person = model(name="  Ada ", age="36", tags=["a", "a"])
    assert (person.name, person.age, person.tags) == ("Ada", 36, {"a"})
    person.name, person.age, person.tags = " Grace ", 85.0, "xy"
    assert (person.name, person.age, person.tags) == ("Grace", 85, {"x", "y"})
    assert model(name="Ada", age=1).tags == set()  # the default is converted too


@pytest.mark.parametrize("model", [Person, Employee])
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"name": " A "}, r"name cannot be str 'A', which its validator refuses: Length of 'name' must be >= 2"),
        ({"name": "Augusta Ada"}, "name cannot be str .* must be <= 8"),
        ({"name": 3}, "name needs a str, got int 3"),
        ({"age": "many"}, "age cannot be str 'many', which its converter refuses: ValueError: invalid literal"),
        ({"age": None}, "age cannot be NoneType None, which its converter refuses: TypeError"),
        ({"age": 150}, "age cannot be int 150, which its validator refuses: 'age' must be < 150"),
        ({"mail": "nobody"}, "mail cannot be str 'nobody', which its validator refuses: 'mail' must match regex"),
        ({"tags": [1]}, "tags has an element that needs a str, got int 1"),
        ({"last": 0}, "last cannot be int 0, which its validator refuses: last is before first"),
    ],
)
def test_refusals_name_the_field_and_the_value(model: Any, values: dict[str, Any], reason: str) -> None:
    good = {"name": "Ada", "age": 36}
    with pytest.raises(ValidationError, match=rf"^<?{model.__name__}.*: {reason}") as caught:
        model(**{**good, **values})
    (attribute,) = values
    assert caught.value.field == attribute
    person = model(**good)
    before = getattr(person, attribute)
    with pytest.raises(ValidationError, match=reason):
        setattr(person, attribute, values[attribute])
    assert getattr(person, attribute) == before


def test_a_constructor_validates_once_all_values_are_there() -> None:
    assert Person(name="Ada", age=1, last=3, first=2).last == 3
    with pytest.raises(ValidationError, match="last is before first"):
        Person(name="Ada", age=1, last=3, first=4)


def test_hooks_are_called_once_for_each_assignment() -> None:
    calls: list[str] = []

    def doubled(value: int) -> int:
        calls.append("convert")
        return value * 2

    def noted(instance: Any, attribute: Any, value: int) -> None:
        calls.append(f"validate {attribute.name} {value}")

    class Plain(Model):
        x: Field[int] = field(converter=doubled, validator=noted)

    class WithPostInit(Plain):
        def __attrs_post_init__(self) -> None:
            calls.append("post init")

    assert Plain(x=1).x == 2
    assert calls == ["convert", "validate x 2"]
    calls.clear()
    made = WithPostInit(x=1)
    assert made.x == 2
    assert calls == ["convert", "validate x 2", "post init"]
    calls.clear()
    made.x = 5
    assert (made.x, calls) == (10, ["convert", "validate x 10"])


@pytest.mark.skipif(not hasattr(attrs, "Converter"), reason="attrs has it from 24.1 on")
def test_converters_may_take_the_object_and_the_attribute() -> None:
    class Named(Model):
        first: Field[str]
        full: Field[str] = field(
            default="",
            converter=attrs.Converter(_described, takes_self=True, takes_field=True),
        )

    assert Named(first="a").full == "full of Named"


def test_validators_can_be_disabled_as_attrs_does() -> None:
    with validators.disabled():
        assert Person(name="A", age=200).age == 200
    with pytest.raises(ValidationError):
        Person(name="A", age=20)


def test_what_is_loaded_is_neither_converted_nor_validated(client: Client, unique: str) -> None:
    def doubled(value: int) -> int:
        return value * 2

    class Loose(Model):
        key: Field[str]
        number: Field[int]

        class Meta:
            name = f"{unique}Number"
            key = ("key",)

    class Strict(Model):
        key: Field[str]
        number: Field[int] = field(converter=doubled, validator=validators.lt(100))

        class Meta:
            name = f"{unique}Number"
            key = ("key",)

    create_all(client, [Loose])
    with Session(client) as session:
        session.add_all([Loose(key="large", number=500), Loose(key="small", number=5)])
        session.commit()
    with Session(client) as session:
        query = session.query(Strict)
        assert query.order_by("key").values_list("number", flat=True) == [500, 5]
        assert [each.number for each in query.order_by("key")] == [500, 5]
        assert not session.dirty
        assert query.update(number=7) == 2
        assert query.order_by("key").values_list("number", flat=True) == [14, 14]
        with pytest.raises(ValidationError, match="number cannot be int 100"):
            query.update(number=50)
        session.upsert([Strict(key="new", number=3), Strict(key="small", number=4)])
        session.commit()
        assert query.order_by("key").values_list("number", flat=True) == [14, 6, 8]
        merged = session.merge(Strict(key="large", number=9))
        assert merged.number == 18


def test_a_nested_class_has_attrs_own_hooks() -> None:
    @attrs.define
    class Size:
        height: int = field(converter=int, validator=validators.gt(0))

    class Shelf(Model):
        size: Field[Size]

    assert Shelf(size=Size("3")).size == Size(3)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=re.escape("'height' must be > 0")):
        Size(0)
