"""Schemas of models: their fields, their OpenAPI, what validates by them, and what is written by them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

import attrs
import numpy
import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, computed_field

from tests.contrib.shop_models import Article, Color, Country, Maker, Page, Side, Size, Weight
from weaviate_orm import (
    ConfigurationError,
    GeoCoordinates,
    Hit,
    Model,
    PhoneNumber,
    QueryError,
    SessionError,
    StaleObjectError,
    UnknownNameError,
)
from weaviate_orm import Field as WeaviateField
from weaviate_orm import ValidationError as ModelValidationError
from weaviate_orm.contrib.pydantic import ModelSchema, ReferenceId, apply, build, loading, schema
from weaviate_orm.contrib.pydantic.schema_loading import shows_hits

NOBODY = UUID(int=1)


class CountryOut(ModelSchema[Country], include={"name"}): ...


class MakerOut(ModelSchema[Maker], exclude={"address"}):
    country: CountryOut | None


class ArticleOut(ModelSchema[Article], exclude={"body"}):
    maker: MakerOut | None
    sellers: list[ReferenceId]
    headline: str
    distance: float | None = None


class ArticlePatch(ModelSchema[Article], partial=True):
    """What may change."""


class PlainArticle(ModelSchema[Article], include={"title"}): ...


def article(**values: Any) -> Article:
    return Article(title="Ball", id=UUID(int=7), **values)


# -- fields


def test_a_schema_has_the_id_and_the_properties() -> None:
    assert set(schema(Article).model_fields) == {"id", *Article.__mapper__.properties}
    assert set(schema(Article, include={"id", "title"}).model_fields) == {"id", "title"}
    assert set(schema(Maker, exclude={"id", "address"}).model_fields) == {"name"}
    assert set(schema(Maker, include={"name", "country"}, refs={"country": CountryOut}).model_fields) == {
        "name",
        "country",
    }
    assert set(schema(Article, include={"title", "look", "created_at"}).model_fields) == {
        "title",
        "look",
        "created_at",
    }
    assert set(schema(Page, include={"vector"}).model_fields) == {"vector"}


def test_names_that_do_not_exist_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'title'"):
        schema(Article, include={"titel"})
    with pytest.raises(UnknownNameError, match="did you mean 'title'"):
        schema(Article, exclude={"titel"})
    with pytest.raises(UnknownNameError, match="Article reference 'title'"):
        schema(Article, refs={"title": CountryOut})
    with pytest.raises(ConfigurationError, match=r"maker is a reference.*refs=\{'maker': …\}"):
        schema(Article, include={"title", "maker"})
    with pytest.raises(ConfigurationError, match=r"for a class of ModelSchema\[Model\]"):

        class More(ArticleOut, include={"title"}): ...


def test_a_schema_is_named_and_found_where_it_is_made() -> None:
    named = schema(Article, name="ArticleIn")
    assert (named.__name__, named.__module__, named.__doc__) == ("ArticleIn", __name__, "Something on sale.")
    assert (ArticleOut.__name__, ArticleOut.__module__) == ("ArticleOut", __name__)
    assert (ArticleOut.__doc__, ArticlePatch.__doc__) == ("Something on sale.", "What may change.")


def test_a_class_of_a_schema_inherits_and_replaces_fields() -> None:
    class Longer(PlainArticle):
        model_config = ConfigDict(frozen=True)

        title: str = Field(min_length=3)
        price: float

        @computed_field  # type: ignore[prop-decorator]
        @property
        def shouted(self) -> str:
            return str(self.title).upper()

    assert Longer.model_validate(article()).model_dump() == {"title": "Ball", "price": 1.5, "shouted": "BALL"}
    with pytest.raises(ValidationError, match="at least 3 characters"):
        Longer.model_validate({"title": "A", "price": 1})


def test_the_documentation_of_a_schema_is_that_of_openapi() -> None:
    made = ArticleOut.model_json_schema(mode="serialization")
    properties, definitions = made["properties"], made["$defs"]
    assert made["description"] == "Something on sale."
    assert set(made["required"]) == {"id", "title", "maker", "sellers", "headline"}
    assert properties["price"] == {"type": "number", "title": "Price", "default": 1.5}
    assert properties["count"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]
    assert properties["since"]["anyOf"][0] == {"type": "string", "format": "date-time"}
    assert properties["day"]["anyOf"][0] == {"type": "string", "format": "date"}
    assert properties["code"]["anyOf"][0] == {"type": "string", "format": "uuid"}
    assert properties["picture"]["anyOf"][0] == {"type": "string", "contentEncoding": "base64"}
    assert properties["kind"]["enum"] == ["toy", "tool"]
    assert properties["sellers"]["items"] == {"type": "string", "format": "uuid"}
    assert properties["size"]["anyOf"][0] == {"$ref": "#/$defs/Size"}
    assert properties["sizes"]["items"] == {"$ref": "#/$defs/Size"}
    assert properties["maker"]["anyOf"][0] == {"$ref": "#/$defs/MakerOut"}
    assert definitions["MakerOut"]["properties"]["name"]["description"] == "The name of the company"
    assert definitions["Side"]["properties"]["length"]["description"] == "In millimetres"
    assert definitions["Color"]["enum"] == ["red", "blue"]
    assert definitions["GeoCoordinates"]["properties"]["latitude"]["maximum"] == 90
    assert definitions["PhoneNumber"]["properties"]["valid"]["readOnly"] is True
    assert set(definitions["Weight"]["properties"]) == {"grams", "tare"}
    assert definitions["Size"]["description"] == "How large something is."
    assert "description" not in definitions["GeoCoordinates"]


def test_references_of_an_expression_have_the_descriptions_and_the_defaults_of_the_model() -> None:
    made = schema(Article, include={"title"}, refs={"maker": MakerOut, "sellers": UUID}, name="Sold")
    properties = made.model_json_schema()["properties"]
    assert properties["maker"]["description"] == "Who makes it"
    assert made.model_validate({"title": "Ball"}).model_dump() == {"title": "Ball", "maker": None, "sellers": []}


def test_nothing_of_a_partial_schema_is_required_and_null_is_refused_where_it_is_no_value() -> None:
    made = ArticlePatch.model_json_schema()
    assert "required" not in made
    assert "id" not in made["properties"]
    assert made["properties"]["title"] == {"type": "string", "title": "Title"}
    assert made["properties"]["size"]["anyOf"][0] == {"$ref": "#/$defs/PartialSize"}
    assert "required" not in made["$defs"]["PartialSize"]
    assert made["$defs"]["Size"]["required"] == ["height"]  # of a list
    assert made["$defs"]["GeoCoordinates"]["required"] == ["latitude", "longitude"]
    assert ArticlePatch.model_validate({"count": None}).model_dump(exclude_unset=True) == {"count": None}
    with pytest.raises(ValidationError, match="valid string"):
        ArticlePatch.model_validate({"title": None})


def test_nested_classes_of_a_function_are_found() -> None:
    @attrs.define
    class Inner:
        length: int

    @attrs.define
    class Outer:
        inner: Inner
        others: list[Inner] = attrs.field(factory=list)

    class Holder(Model):
        outer: WeaviateField[Outer]

        class Meta:
            name = "ContribHolder"

    made = schema(Holder, include={"outer"})
    shown = made.model_validate(Holder(outer=Outer(Inner(3))))
    assert shown.model_dump() == {"outer": {"inner": {"length": 3}, "others": []}}
    assert build(shown).outer == Outer(Inner(3))


# -- what validates


def test_an_object_validates_by_its_attributes() -> None:
    maker = Maker(name="Ada", country=Country(name="UK"))
    full = article(
        count=3,
        color=Color.BLUE,
        code=UUID(int=2),
        since=datetime(2026, 1, 2, tzinfo=timezone.utc),
        tags=["round"],
        picture=b"\xff\x00",
        place=GeoCoordinates(1, 2),
        phone=PhoneNumber("+31201234567"),
        size=Size(3, sides=[Side(4)]),
        sizes=[Size(5)],
        weight=Weight(6, Side(7)),
        maker=maker,
        sellers=[maker],
    )
    shown = json.loads(ArticleOut.model_validate(full).model_dump_json())
    phone = shown.pop("phone")
    assert (phone["input"], phone["valid"]) == ("+31201234567", None)
    assert shown == {
        "id": str(full.id),
        "title": "Ball",
        "price": 1.5,
        "count": 3,
        "sold": False,
        "color": "blue",
        "kind": "toy",
        "code": str(UUID(int=2)),
        "since": "2026-01-02T00:00:00Z",
        "day": None,
        "tags": ["round"],
        "picture": "/wA=",
        "place": {"latitude": 1.0, "longitude": 2.0},
        "size": {"height": 3, "width": None, "sides": [{"length": 4}]},
        "sizes": [{"height": 5, "width": None, "sides": []}],
        "weight": {"grams": 6, "tare": {"length": 7}},
        "maker": {"id": str(maker.id), "name": "Ada", "country": {"name": "UK"}},
        "sellers": [str(maker.id)],
        "headline": "Ball at 1.5",
        "distance": None,
    }


def test_a_hit_validates_with_what_it_says_of_its_object() -> None:
    ball = article()
    hit = Hit(object=ball, id=ball.id, distance=0.25)
    shown = TypeAdapter(list[ArticleOut]).validate_python([hit, ball])
    assert [(each.id, each.title, each.distance) for each in shown] == [
        (ball.id, "Ball", 0.25),
        (ball.id, "Ball", None),
    ]

    class Found(BaseModel):
        model_config = ConfigDict(from_attributes=True)

        object: PlainArticle
        distance: float | None

    assert Found.model_validate(hit).model_dump() == {"object": {"title": "Ball"}, "distance": 0.25}
    assert shows_hits(ArticleOut)
    assert not shows_hits(PlainArticle)


def test_vectors_validate_as_lists() -> None:
    made = schema(Article, include={"look"})
    assert made.model_validate(article(look=numpy.array([1.0, 0.5]))).model_dump() == {"look": [1.0, 0.5]}
    assert made.model_validate(article()).model_dump() == {"look": None}


def test_objects_of_another_model_are_refused_and_unions_choose() -> None:
    with pytest.raises(ValidationError, match="shows Article, not Maker"):
        ArticleOut.model_validate(Maker(name="Ada"))
    with pytest.raises(ValidationError, match="shows Article, not Maker"):
        ArticleOut.model_validate(Hit(object=Maker(name="Ada"), id=NOBODY))

    class Name(ModelSchema[Maker], include={"name"}): ...

    made = schema(Article, include={"title"}, refs={"about": Name | CountryOut})
    shown: Any = made.model_validate(article(about=Country(name="UK")))
    assert isinstance(shown.about, CountryOut)
    shown = made.model_validate(article(about=Maker(name="Ada")))
    assert isinstance(shown.about, Name)


def test_values_that_no_object_can_have_are_refused_with_their_place() -> None:
    wrong = {"place": {"latitude": 91, "longitude": 0}, "picture": "?", "since": "2026-01-01T00:00:00", "kind": "car"}
    with pytest.raises(ValidationError) as caught:
        ArticlePatch.model_validate(wrong)
    assert {error["loc"] for error in caught.value.errors()} == {
        ("place", "latitude"),
        ("picture",),
        ("since",),
        ("kind",),
    }


# -- writing


class ArticleIn(ModelSchema[Article], exclude={"id"}):
    maker: MakerOut | None = None


def test_a_new_object_is_built_with_the_defaults_of_the_model() -> None:
    built = build(
        ArticleIn.model_validate_json(
            '{"title": "Ball", "picture": "/wA=", "size": {"height": 3, "sides": [{"length": 4}]}, "sizes": [],'
            ' "place": {"latitude": 1, "longitude": 2}, "phone": {"input": "+31201234567", "valid": true}}'
        ),
        price=2.0,
    )
    assert isinstance(built, Article)
    assert (built.title, built.price, built.color, built.weight) == ("Ball", 2.0, Color.RED, Weight(0))
    assert (built.picture, built.place) == (b"\xff\x00", GeoCoordinates(1, 2))
    assert built.size == Size(3, None, [Side(4)])
    assert built.phone is not None
    assert built.phone.valid is None  # the server says that
    assert built.maker is None


def test_a_new_object_of_a_reference_is_built_too() -> None:
    class CountryIn(ModelSchema[Country], exclude={"id"}): ...

    class MakerIn(ModelSchema[Maker], exclude={"id"}):
        country: CountryIn | None = None

    built = build(MakerIn.model_validate({"name": "Ada", "country": {"name": "UK"}}))
    assert built.country is not None
    assert (built.name, built.country.name) == ("Ada", "UK")
    country = built.country
    apply(MakerIn.model_validate({"name": "Bo", "country": {"name": "Wales"}}), built)
    assert built.country is country
    assert (built.name, country.name) == ("Bo", "Wales")


def test_what_is_set_is_applied_and_nothing_else() -> None:
    ball = article(price=3.0, size=Size(1, 2), tags=["round"], weight=Weight(5, Side(6)))
    patch = ArticlePatch.model_validate({"title": "Dice", "tags": [], "size": {"height": 9}, "weight": {"grams": 7}})
    assert apply(patch, ball) is ball
    assert (ball.title, ball.price, ball.tags) == ("Dice", 3.0, [])
    assert ball.size == Size(9, 2)
    assert ball.weight == Weight(7, Side(6))
    apply(ArticlePatch.model_validate({"weight": {"tare": {"length": 8}}, "size": None}), ball)
    assert [ball.weight, ball.size] == [Weight(7, Side(8)), None]
    apply(ArticlePatch.model_validate({"size": {"height": 2}}), ball)
    assert ball.size == Size(2)


def test_a_schema_that_is_not_partial_replaces_nested_objects() -> None:
    ball = article(size=Size(1, 2))
    apply(schema(Article, include={"size"}).model_validate({"size": {"height": 9}}), ball)
    assert ball.size == Size(9)


def test_nothing_is_applied_where_a_value_is_refused() -> None:
    ball = article(size=None)
    for wrong, field, reason in (
        ({"title": "Dice", "size": {"width": 1}}, "size", "height"),
        ({"title": "Dice", "size": {"height": -1}}, "size", "a height is not negative"),
    ):
        with pytest.raises(ModelValidationError, match=reason) as caught:
            apply(ArticlePatch.model_validate(wrong), ball)
        assert (caught.value.field, ball.title) == (field, "Ball")
    with pytest.raises(ModelValidationError, match="id"):
        build(schema(Maker, refs={"country": ReferenceId | None}).model_validate({"id": NOBODY, "name": 5 * "x"}), id=3)


def test_fields_that_the_model_does_not_map_are_not_applied() -> None:
    ball = article()
    apply(ArticleOut.model_validate(ball), ball)
    assert ball.title == "Ball"


def test_a_version_is_compared_and_not_assigned() -> None:
    page = Page(text="a", version=3)
    patch = schema(Page, partial=True)
    apply(patch.model_validate({"text": "b", "version": 3}), page)
    assert (page.text, page.version) == ("b", 3)
    with pytest.raises(StaleObjectError):
        apply(patch.model_validate({"text": "c", "version": 2}), page)
    assert page.text == "b"


def test_references_by_id_need_a_session() -> None:
    made = schema(Article, include={"title"}, refs={"maker": UUID})
    maker = Maker(name="Ada", id=NOBODY)
    ball = article(maker=maker)
    apply(made.model_validate({"title": "Dice", "maker": NOBODY}), ball)  # it is referred to already
    assert (ball.title, ball.maker) == ("Dice", maker)
    with pytest.raises(SessionError, match="found by a session"):
        build(made.model_validate({"title": "Dice", "maker": NOBODY}))


# -- loading


def test_a_query_loads_what_a_schema_shows() -> None:
    query = loading(Article.query, schema(Article, include={"title", "look"}, refs={"maker": MakerOut, "about": UUID}))
    selection = query._query.selection
    assert [member.attribute for member in selection.properties or ()] == ["title"]
    assert [member.attribute for member in selection.vectors] == ["look"]
    references = {reference.attribute: below for reference, below in selection.references}
    assert [member.attribute for member in references["maker"].properties or ()] == ["name"]
    assert [reference.attribute for reference, _ in references["maker"].references] == ["country"]


def test_a_query_of_another_model_or_without_end_is_refused() -> None:
    with pytest.raises(QueryError, match="ArticleOut shows Article, not Maker"):
        loading(Maker.query, ArticleOut)
    with pytest.raises(ConfigurationError, match="MakerOfMakers contains itself"):
        loading(Maker.query, MakerOfMakers)


class MakerOfMakers(ModelSchema[Maker]):
    makes: list[ArticleOfMakers]


class ArticleOfMakers(ModelSchema[Article]):
    maker: MakerOfMakers | None


def test_aliases_lead_to_attributes() -> None:
    class Renamed(ModelSchema[Article], include={"id"}):
        name: str = Field(validation_alias="title")

    assert Renamed.model_validate(article()).name == "Ball"
    properties = loading(Article.query, Renamed)._query.selection.properties
    assert [member.attribute for member in properties or ()] == ["title"]
    ball = article()
    apply(Renamed.model_validate({"id": ball.id, "title": "Dice"}), ball)
    assert ball.title == "Dice"


# -- the extra


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['pydantic'] = None; import weaviate_orm.contrib.pydantic"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)
    assert ended.stderr.splitlines()[-1] == (
        'ModuleNotFoundError: weaviate_orm.contrib.pydantic needs pydantic: pip install "weaviate-mapper[pydantic]"'
    )
