"""The operations between two states lead from one to the other; renames are asked, and nothing is assumed."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.migrations.state_strategies import sorted_state, states
from weaviate_orm.migrations import (
    AddProperty,
    AddReference,
    AddVector,
    AlterCollection,
    AlterProperty,
    AlterReference,
    AlterVector,
    CreateCollection,
    DeleteCollection,
    DropIndex,
    DropVector,
    Operation,
    RebuildCollection,
    RenameCollection,
    SchemaState,
    as_list,
    leave_out,
)
from weaviate_orm.migrations.autodetect import detect
from weaviate_orm.migrations.renames import RenameQuestion
from weaviate_orm.schema import (
    CollectionSpec,
    DataType,
    InvertedIndexSpec,
    MultiTenancySpec,
    ObjectTTLSpec,
    PropertySpec,
    ReferenceSpec,
    VectorSpec,
    hnsw,
    module,
)
from weaviate_orm.vectorizers import Text2Vec

TITLE = PropertySpec("title", DataType.TEXT)
PAGES = PropertySpec("pages", DataType.INT)


def state(*specs: CollectionSpec) -> SchemaState:
    return SchemaState({spec.name: spec for spec in specs})


def article(*properties: PropertySpec, **attributes: Any) -> CollectionSpec:
    return CollectionSpec("Article", properties=properties, **attributes)


def nothing(question: RenameQuestion) -> bool:
    pytest.fail(f"asked {question}")


def changes(old: CollectionSpec, new: CollectionSpec) -> tuple[Operation, ...]:
    return detect(state(old), state(new), nothing)


def applied(operations: tuple[Operation, ...], before: SchemaState) -> SchemaState:
    for operation in operations:
        before = operation.mutate(before)
    return before


CIRCLE = state(
    CollectionSpec("Article", references=(ReferenceSpec("by", ("Author",)),)),
    CollectionSpec("Author", references=(ReferenceSpec("wrote", ("Article",)), ReferenceSpec("likes", ("Author",)))),
)


@pytest.mark.slow
@settings(max_examples=100)
@given(states(), states(), st.booleans())
@example(CIRCLE, SchemaState(), False)
@example(SchemaState(), CIRCLE, False)
def test_the_operations_lead_from_one_state_to_the_other(before: SchemaState, after: SchemaState, answer: bool) -> None:
    operations = detect(before, after, lambda _: answer)
    assert sorted_state(applied(operations, before)) == sorted_state(after)
    assert detect(applied(operations, before), after, nothing) == ()
    assert detect(after, after, nothing) == ()


@pytest.mark.slow
@settings(max_examples=60)
@given(states(), states(), st.booleans())
@example(CIRCLE, SchemaState(), False)
def test_the_operations_are_undone(before: SchemaState, after: SchemaState, answer: bool) -> None:
    state, undoing = before, []
    for operation in detect(before, after, lambda _: answer):
        undoing.append((operation, operation.reverse(state)))
        state = operation.mutate(state)
    for operation, back in reversed(undoing):
        if back is None:
            assert isinstance(operation, RebuildCollection)
            assert not operation.convert.keys() <= operation.convert_back.keys()
            return
        state = back.mutate(state)
    assert sorted_state(state) == sorted_state(before)


def test_additions() -> None:
    rating, tags = PropertySpec("rating", DataType.NUMBER), ReferenceSpec("related", ("Article",))
    vector = VectorSpec("picture")
    new = article(rating, TITLE, references=(tags,), vectors=(vector,))
    assert changes(article(TITLE), new) == (
        AddProperty("Article", rating),
        AddReference("Article", tags),
        AddVector("Article", vector),
    )


def test_settings_in_place() -> None:
    old = article(
        attrs.evolve(TITLE, description="old", index_searchable=True),
        references=(ReferenceSpec("related", ("Article",)),),
        vectors=(VectorSpec("a", index=hnsw(ef=7)), VectorSpec("b")),
        description="old",
    )
    new = article(
        attrs.evolve(TITLE, tokenization="field", index_searchable=False),
        references=(ReferenceSpec("related", ("Article",), description="new"),),
        vectors=(VectorSpec("a", index=hnsw(ef=8), dimensions=3),),
        multi_tenancy=MultiTenancySpec(),
    )
    assert changes(old, new) == (
        AlterCollection("Article", {"description": None, "multi_tenancy": MultiTenancySpec()}),
        DropIndex("Article", "title", "searchable"),
        AlterProperty("Article", "title", {"description": None, "tokenization": "field"}),
        AlterReference("Article", "related", {"description": "new"}),
        AlterVector("Article", "a", {"index": hnsw(ef=8), "dimensions": 3}),
        DropVector("Article", "b"),
    )


def test_objects_expire_by_a_new_property() -> None:
    ends, expiry = PropertySpec("ends", DataType.DATE), ObjectTTLSpec("ends")
    index = InvertedIndexSpec(index_timestamps=True)
    assert changes(article(TITLE), article(TITLE, ends, object_ttl=expiry, inverted_index=index)) == (
        AlterCollection("Article", {"inverted_index": index}),
        AddProperty("Article", ends),
        AlterCollection("Article", {"object_ttl": expiry}),
    )


def test_what_has_no_order() -> None:
    inner = (PropertySpec("street", DataType.TEXT), PropertySpec("town", DataType.TEXT))
    old = article(
        TITLE,
        PAGES,
        PropertySpec("place", DataType.OBJECT, nested=inner),
        references=(ReferenceSpec("on", ("Author", "Article")),),
        modules=(module("qna-openai"), module("ner-transformers")),
    )
    new = article(
        PropertySpec("place", DataType.OBJECT, nested=inner[::-1]),
        PAGES,
        TITLE,
        references=(ReferenceSpec("on", ("Article", "Author")),),
        modules=(module("ner-transformers"), module("qna-openai")),
    )
    assert changes(old, new) == ()


def test_a_removed_property_is_dropped_by_a_rebuild_with_all_other_changes() -> None:
    new = article(attrs.evolve(TITLE, tokenization="field"), description="new")
    assert changes(article(TITLE, PAGES), new) == (RebuildCollection(new, drop=("pages",)),)


@pytest.mark.parametrize(
    ("old", "new", "convert", "back"),
    [
        (DataType.TEXT, DataType.INT, int, str),
        (DataType.NUMBER, DataType.TEXT, str, float),
        (DataType.TEXT, DataType.TEXT_ARRAY, as_list, None),
        (DataType.INT, DataType.NUMBER_ARRAY, as_list, None),
        (DataType.INT, DataType.NUMBER, None, None),
        (DataType.INT_ARRAY, DataType.NUMBER_ARRAY, None, None),
        (DataType.TEXT, DataType.DATE, None, None),
    ],
)
def test_a_changed_type_is_converted(old: DataType, new: DataType, convert: Any, back: Any) -> None:
    (operation,) = changes(article(PropertySpec("value", old)), article(PropertySpec("value", new)))
    assert isinstance(operation, RebuildCollection)
    assert operation.convert == ({"value": convert} if convert else {})
    assert operation.convert_back == ({"value": back} if back else {})


def test_a_type_that_no_function_converts() -> None:
    (operation,) = changes(article(PropertySpec("v", DataType.NUMBER)), article(PropertySpec("v", DataType.INT)))
    assert isinstance(operation, RebuildCollection)
    function: Any = operation.convert["v"]
    assert function.name == "convert_v"
    assert "raise NotImplementedError" in function.source()
    assert operation.reverse(state(article(PropertySpec("v", DataType.NUMBER)))) is None


def test_a_property_that_becomes_a_reference() -> None:
    author = CollectionSpec("Author")
    new = article(references=(ReferenceSpec("by", ("Author",)),))
    operations = detect(state(author, article(PropertySpec("by", DataType.TEXT))), state(author, new), nothing)
    assert operations == (RebuildCollection(new, drop=("by",)),)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((VectorSpec(),), (VectorSpec(vectorizer=Text2Vec.transformers()),)),
        ((), (VectorSpec(vectorizer=Text2Vec.transformers()),)),
        ((VectorSpec(index=hnsw()),), ()),
        ((VectorSpec("a"),), (VectorSpec(),)),
        (
            (VectorSpec("a", Text2Vec.transformers()),),
            (VectorSpec("a", Text2Vec.transformers(), source_properties=("title",)),),
        ),
    ],
)
def test_vectors_that_need_a_rebuild(old: Any, new: Any) -> None:
    assert changes(article(TITLE, vectors=old), article(TITLE, vectors=new)) == (
        RebuildCollection(article(TITLE, vectors=new)),
    )


def test_settings_of_an_unnamed_vector_that_is_not_stated() -> None:
    vector = VectorSpec(dimensions=3)
    assert changes(article(), article(vectors=(vector,))) == (AddVector("Article", vector),)


def test_references_come_after_their_targets_and_circles_are_closed_afterwards() -> None:
    operations = detect(SchemaState(), CIRCLE)
    assert [operation.describe() for operation in operations] == [
        "Create Article",
        "Create Author",
        "Add Article.by (reference to Author)",
    ]


def test_collections_are_deleted_last_and_referrers_first() -> None:
    tag = CollectionSpec("Tag")
    post = CollectionSpec("Post", references=(ReferenceSpec("tags", ("Tag",)),))
    kept = CollectionSpec("Shop", references=(ReferenceSpec("sells", ("Post",)),))
    operations = detect(state(tag, post, kept), state(CollectionSpec("Shop"), CollectionSpec("News")))
    assert operations == (
        CreateCollection(CollectionSpec("News")),
        RebuildCollection(CollectionSpec("Shop"), drop=("sells",)),
        DeleteCollection("Post"),
        DeleteCollection("Tag"),
    )


def test_a_circle_is_deleted_without_copying_objects() -> None:
    assert detect(CIRCLE, SchemaState()) == (
        RebuildCollection(CollectionSpec("Article"), drop=("by",), transform=leave_out, transform_back=leave_out),
        DeleteCollection("Author"),
        DeleteCollection("Article"),
    )


def test_renames_are_asked_of_what_is_of_one_type() -> None:
    before = state(
        CollectionSpec("Writer", properties=(PropertySpec("name", DataType.TEXT), PAGES)),
        CollectionSpec("Place", properties=(PropertySpec("town", DataType.TEXT),)),
        CollectionSpec("Book", references=(ReferenceSpec("by", ("Writer",)),)),
    )
    after = state(
        CollectionSpec("Author", properties=(PropertySpec("full_name", DataType.TEXT), PAGES)),
        CollectionSpec("Book", references=(ReferenceSpec("written_by", ("Author",)),)),
    )
    questions: list[str] = []

    def ask(question: RenameQuestion) -> bool:
        questions.append(str(question))
        return True

    operations = detect(before, after, ask)
    assert questions == [
        "Was the collection Writer renamed to Author?",
        "Was the property Author.name renamed to full_name?",
        "Was the reference Book.by renamed to written_by?",
    ]
    assert operations == (
        RenameCollection("Writer", "Author"),
        RebuildCollection(after.collections["Author"], rename={"name": "full_name"}),
        RebuildCollection(after.collections["Book"], rename={"by": "written_by"}),
        DeleteCollection("Place"),
    )
    assert not any(isinstance(operation, RenameCollection) for operation in detect(before, after))


def test_renames_of_vectors() -> None:
    old = article(TITLE, vectors=(VectorSpec("a", Text2Vec.transformers()), VectorSpec("b")))
    new = article(TITLE, vectors=(VectorSpec("c", Text2Vec.transformers(), dimensions=3), VectorSpec("b")))
    questions: list[str] = []

    def ask(question: RenameQuestion) -> bool:
        questions.append(str(question))
        return True

    operations = detect(state(old), state(new), ask)
    assert questions == ["Was the vector Article.a renamed to c?"]
    assert operations == (RebuildCollection(new, rename_vectors={"a": "c"}),)
    assert operations[0].describe() == "Rebuild Article: rename a to c"
    assert [type(operation) for operation in detect(state(old), state(new))] == [AddVector, DropVector]


def test_one_no_is_about_one_question() -> None:
    old = article(PropertySpec("heading", DataType.TEXT), PropertySpec("header", DataType.TEXT))
    new = article(PropertySpec("headline", DataType.TEXT))
    questions: list[RenameQuestion] = []

    def ask(question: RenameQuestion) -> bool:
        questions.append(question)
        return question.old == "header"

    (operation,) = detect(state(old), state(new), ask)
    assert [question.old for question in questions] == ["heading", "header"]
    assert operation == RebuildCollection(new, rename={"header": "headline"}, drop=("heading",))


def test_members_of_nested_objects() -> None:
    inner = PropertySpec("lines", DataType.OBJECT_ARRAY, nested=(PropertySpec("text", DataType.TEXT), PAGES))
    old = PropertySpec("place", DataType.OBJECT, nested=(PropertySpec("street", DataType.TEXT), inner, PAGES))
    new_inner = attrs.evolve(inner, nested=(PropertySpec("words", DataType.TEXT), PropertySpec("pages", DataType.TEXT)))
    new = PropertySpec(
        "place",
        DataType.OBJECT,
        nested=(PropertySpec("road", DataType.TEXT), new_inner, PropertySpec("x", DataType.INT)),
    )
    (operation,) = detect(state(article(old)), state(article(new)), lambda question: question.new != "place.x")
    assert isinstance(operation, RebuildCollection)
    forward: Any = operation.convert["place"]
    backward: Any = operation.convert_back["place"]
    value = {"street": "High Street", "pages": 3, "lines": [{"text": "a", "pages": 1}, {"pages": 2}]}
    converted = run(forward, value)
    assert converted == {"road": "High Street", "lines": [{"words": "a", "pages": "1"}, {"pages": "2"}]}
    assert run(backward, converted) == {"street": "High Street", "lines": [{"text": "a", "pages": 1}, {"pages": 2}]}
    assert run(forward, {}) == {}


def run(function: Any, value: Any) -> Any:
    """Run a function as the file defines it."""
    names: dict[str, Any] = {}
    exec(function.source(), names)  # noqa: S102
    return names[function.name](value)


def test_types_of_nested_members() -> None:
    old = PropertySpec("place", DataType.OBJECT, nested=(PropertySpec("tag", DataType.TEXT),))
    new = attrs.evolve(old, nested=(PropertySpec("tag", DataType.TEXT_ARRAY),))
    (operation,) = changes(article(old), article(new))
    assert isinstance(operation, RebuildCollection)
    assert run(operation.convert["place"], {"tag": "a"}) == {"tag": ["a"]}
    with pytest.raises(NotImplementedError, match=r"write what becomes of Article\.place\.tag"):
        run(operation.convert_back["place"], {"tag": ["a"]})


def test_nested_members_that_are_new_need_no_conversion() -> None:
    old = PropertySpec("place", DataType.OBJECT, nested=(PAGES,))
    new = attrs.evolve(old, nested=(PAGES, PropertySpec("x", DataType.INT)))
    assert changes(article(old), article(new)) == (RebuildCollection(article(new)),)
