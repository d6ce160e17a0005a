"""Operations of migrations as data: the state after each, what undoes it, and what does not fit."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from weaviate_orm.exceptions import MigrationError, UnknownNameError
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
    Row,
    RunPython,
    SchemaState,
    UpdateObjects,
)
from weaviate_orm.schema import (
    CollectionSpec,
    DataType,
    InvertedIndexSpec,
    PropertySpec,
    ReferenceSpec,
    VectorSpec,
    hnsw,
)

TITLE = PropertySpec("title", DataType.TEXT)
PAGES = PropertySpec("pages", DataType.TEXT)
AUTHOR = CollectionSpec("Author", properties=(PropertySpec("name", DataType.TEXT),))
ARTICLE = CollectionSpec(
    "Article",
    properties=(TITLE, PAGES),
    references=(ReferenceSpec("author", ("Author",)), ReferenceSpec("related", ("Article",))),
    vectors=(VectorSpec("of_title"),),
)
STATE = SchemaState({"Author": AUTHOR, "Article": ARTICLE})
NUMBER = PropertySpec("count", DataType.INT)


def first_words(row: Row) -> dict[str, Any]:
    return {"title": row["title"][:10]}


def nothing(client: Any) -> None:
    """Do nothing."""


REBUILT = attrs.evolve(
    ARTICLE, properties=(attrs.evolve(TITLE, name="headline"), attrs.evolve(PAGES, data_type=DataType.INT))
)

REVERSIBLE: list[Operation] = [
    CreateCollection(CollectionSpec("Note", references=(ReferenceSpec("on", ("Article", "Note")),))),
    RenameCollection("Author", "Writer"),
    AddProperty("Article", NUMBER),
    AddReference("Author", ReferenceSpec("articles", ("Article",))),
    AddVector("Article", VectorSpec("of_pages")),
    AlterCollection("Article", {"description": "Texts.", "inverted_index": InvertedIndexSpec(index_null_state=True)}),
    AlterProperty("Article", "title", {"tokenization": "field"}),
    AlterReference("Article", "author", {"description": "Who wrote it."}),
    AlterVector("Article", "of_title", {"index": hnsw(ef=100)}),
    DropIndex("Article", "title", "searchable"),
    DropVector("Article", "of_title"),
    RebuildCollection(REBUILT, rename={"title": "headline"}, convert={"pages": int}, convert_back={"pages": str}),
    UpdateObjects("Article", first_words, backward=first_words),
    RunPython(nothing, nothing),
]


@pytest.mark.parametrize("operation", REVERSIBLE, ids=lambda operation: type(operation).__name__)
def test_what_undoes_an_operation_leads_back(operation: Operation) -> None:
    after = operation.mutate(STATE)
    undone = operation.reverse(STATE)
    assert undone is not None
    again = undone.mutate(after)
    assert settled(again) == settled(STATE)


def settled(state: SchemaState) -> dict[str, Any]:
    """The collections, without what differs between an index that is stated to be on and one that is by default."""

    def indexed(member: PropertySpec) -> PropertySpec:
        return attrs.evolve(member, index_filterable=True, index_searchable=True)

    return {
        name: attrs.evolve(spec, properties=tuple(map(indexed, spec.properties)))
        for name, spec in state.collections.items()
    }


def test_the_deletion_of_a_collection_is_undone_without_its_objects() -> None:
    alone = SchemaState({"Author": AUTHOR})
    operation = DeleteCollection("Author")
    assert operation.destructive
    assert operation.mutate(alone).collections == {}
    assert operation.reverse(alone) == CreateCollection(AUTHOR)


def test_a_new_name_reaches_the_references() -> None:
    after = RenameCollection("Article", "Text").mutate(STATE)
    assert list(after.collections) == ["Author", "Text"]
    assert [reference.targets for reference in after.collection("Text").references] == [("Author",), ("Text",)]


@pytest.mark.parametrize(
    "operation",
    [
        RebuildCollection(REBUILT, rename={"title": "headline"}, convert={"pages": int}),
        RebuildCollection(ARTICLE, transform=lambda row: row),
        UpdateObjects("Article", first_words),
        RunPython(nothing),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_has_no_counterpart_cannot_be_undone(operation: Operation) -> None:
    assert operation.reverse(STATE) is None


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (CreateCollection(AUTHOR), "there is a collection Author already"),
        (CreateCollection(CollectionSpec("Note", references=(ReferenceSpec("on", ("Nope",)),))), "no collection Nope"),
        (DeleteCollection("Author"), "Article refer to it"),
        (DeleteCollection("Nope"), "no collection Nope at this point; there are: Author, Article"),
        (RenameCollection("Author", "Article"), "there is a collection of this name"),
        (AddProperty("Article", TITLE), "Article.title is there already"),
        (AddReference("Article", ReferenceSpec("to", ("Nope",))), "no collection Nope"),
        (AddVector("Article", VectorSpec("of_title")), "has vector 'of_title' already"),
        (AlterProperty("Article", "author", {"description": ""}), "is a cross-reference"),
        (AlterProperty("Article", "nope", {"description": ""}), "no property or reference 'nope'"),
        (AlterVector("Article", "nope", {"index": None}), "no vector 'nope'"),
        (DropVector("Article", "nope"), "no vector 'nope'"),
        (RebuildCollection(REBUILT), "Article has title before the rebuild and not after it"),
        (RebuildCollection(ARTICLE, drop=["nope"]), "no property or reference 'nope'"),
        (RebuildCollection(ARTICLE, convert={"nope": int}), "no property or reference 'nope'"),
        (UpdateObjects("Nope", first_words), "no collection Nope"),
    ],
)
def test_what_does_not_fit_the_state_is_refused(operation: Operation, message: str) -> None:
    with pytest.raises(MigrationError, match=message):
        operation.mutate(STATE)


@pytest.mark.parametrize(
    "make",
    [
        lambda: AlterCollection("Article", {"name": "Text"}),
        lambda: AlterProperty("Article", "title", {"data_type": DataType.INT}),
        lambda: AlterReference("Article", "author", {"targets": ("Article",)}),
        lambda: AlterVector("Article", None, {"vectorizer": None}),
    ],
)
def test_settings_that_do_not_exist_are_refused(make: Any) -> None:
    with pytest.raises(UnknownNameError, match="setting"):
        make()


def test_a_state_of_models_has_their_collections() -> None:
    from weaviate_orm import Field, Model, Ref

    class StateAuthor(Model):
        name: Field[str]

    class StateArticle(Model):
        author: Ref[StateAuthor | None]

    state = SchemaState.of_models([StateArticle, StateAuthor])
    assert state.referrers("StateAuthor") == ("StateArticle",)
    with pytest.raises(MigrationError, match="belongs to one model"):
        SchemaState.of_models([StateAuthor, StateAuthor])
