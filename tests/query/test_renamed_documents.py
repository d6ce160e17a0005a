"""Documents and answers under other names of collections."""

from __future__ import annotations

from typing import Any

import pytest

from weaviate_orm.graphql.document import Document, FieldNode, InlineFragment
from weaviate_orm.graphql.literals import RawText, Symbol
from weaviate_orm.graphql.renamed_documents import rename_answer, renamed_document
from weaviate_orm.schema.renaming import renamed_class, renamed_filter

NAMES = {"Article": "Article_2", "Author": "Author_7"}
LOGICAL = {physical: logical for logical, physical in NAMES.items()}


def physical(name: str) -> str:
    return NAMES.get(name, name)


def logical(name: str) -> str:
    return LOGICAL.get(name, name)


def fields(*names: str) -> tuple[FieldNode, ...]:
    return tuple(map(FieldNode, names))


@pytest.mark.parametrize(
    ("root", "text"),
    [
        (FieldNode("Get", (FieldNode("Article", fields("title")),)), "{Get{Article: Article_2{title}}}"),
        (FieldNode("Get", (FieldNode("Plain", fields("Article")),)), "{Get{Plain{Article}}}"),
        (FieldNode("Get", (FieldNode("Article", fields("title"), alias="q0"),)), "{Get{q0: Article_2{title}}}"),
        (
            FieldNode("Aggregate", (FieldNode("Article", fields("Article"), {"limit": 1}),)),
            "{Aggregate{Article: Article_2(limit: 1 ){Article}}}",
        ),
        (
            FieldNode("Get", (FieldNode("Plain", (FieldNode("to", (InlineFragment("Author", fields("name")),)),)),)),
            "{Get{Plain{to{... on Author_7 {name}}}}}",
        ),
    ],
)
def test_collections_have_their_physical_names(root: FieldNode, text: str) -> None:
    assert str(renamed_document(Document((root,)), physical)) == text


def test_what_is_no_field_stays() -> None:
    root = (RawText("x"), FieldNode("Get", (RawText("y{z}"),)))
    assert renamed_document(Document(root), physical) == Document(root)


def test_nodes_without_names_are_the_same() -> None:
    inside = FieldNode("_additional", fields("id"))
    (root,) = renamed_document(Document((FieldNode("Get", (FieldNode("Article", (inside,)),)),)), physical).root
    assert isinstance(root, FieldNode)
    (article,) = root.selection
    assert isinstance(article, FieldNode)
    assert article.selection[0] is inside


def test_paths_of_filters() -> None:
    where = {
        "operator": Symbol("And"),
        "operands": [
            {"path": ["Article"], "operator": Symbol("IsNull"), "valueBoolean": True},
            {
                "path": ["Author", "Author", "Article", "Article", "Author"],
                "operator": Symbol("Equal"),
                "valueText": "",
            },
        ],
    }
    renamed = renamed_filter(where, physical)
    assert [operand["path"] for operand in renamed["operands"]] == [
        ["Article"],
        ["Author", "Author_7", "Article", "Article_2", "Author"],
    ]
    document = Document((FieldNode("Get", (FieldNode("Article", fields("title"), {"where": where}),)),))
    assert '["Author", "Author_7", "Article", "Article_2", "Author"]' in str(renamed_document(document, physical))


def test_types_of_an_answer() -> None:
    fragments = tuple(InlineFragment(name, fields("__typename", "name")) for name in ("Author_7", "Plain"))
    root = (FieldNode("Get", (FieldNode("Article_2", (FieldNode("to", fragments),), alias="Article"),)),)
    data: dict[str, Any] = {
        "Get": {
            "Article": [
                {"to": [{"__typename": "Author_7", "name": "Author_7"}, {"__typename": "Plain", "name": None}]},
                {"to": None},
            ]
        }
    }
    rename_answer(data, root, logical)
    first, second = data["Get"]["Article"]
    assert first["to"] == [{"__typename": "Author", "name": "Author_7"}, {"__typename": "Plain", "name": None}]
    assert second == {"to": None}


def test_collections_that_references_lead_to() -> None:
    to = FieldNode("to", fields("type", "pointingTo"))
    root = (FieldNode("Aggregate", (FieldNode("Article", (to,)),)), FieldNode("Get", (FieldNode("Article", (to,)),)))
    data: dict[str, Any] = {
        kind: {"Article": [{"to": {"type": "cref", "pointingTo": ["Author_7", "Plain"]}}]}
        for kind in ("Aggregate", "Get")
    }
    rename_answer(data, root, logical)
    assert data["Aggregate"]["Article"][0]["to"]["pointingTo"] == ["Author", "Plain"]
    assert data["Get"]["Article"][0]["to"]["pointingTo"] == ["Author_7", "Plain"]  # a property is called so


def test_classes() -> None:
    body = {
        "class": "Article",
        "properties": [{"name": "a", "dataType": ["text"]}, {"name": "b", "dataType": ["Author"]}],
    }
    renamed = renamed_class(body, physical)
    assert renamed["class"] == "Article_2"
    assert [member["dataType"] for member in renamed["properties"]] == [["text"], ["Author_7"]]
    assert renamed_class(renamed, logical) == body
    assert renamed_class({"class": "Plain", "properties": None}, physical) == {"class": "Plain", "properties": []}
