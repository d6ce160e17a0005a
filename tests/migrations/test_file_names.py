"""Names of new migration files."""

from __future__ import annotations

import pytest

from weaviate_orm.exceptions import MigrationFileError
from weaviate_orm.migrations import (
    AddProperty,
    AddReference,
    AddVector,
    AlterCollection,
    AlterVector,
    CreateCollection,
    DeleteCollection,
    DropIndex,
    Operation,
    RebuildCollection,
    RenameCollection,
    RunPython,
    UpdateObjects,
)
from weaviate_orm.migrations.file_names import new_name
from weaviate_orm.schema import CollectionSpec, DataType, PropertySpec, ReferenceSpec, VectorSpec

POST = CollectionSpec("BlogPost")
SUMMARY = PropertySpec("shortSummary", DataType.TEXT)


@pytest.mark.parametrize(
    ("operations", "name"),
    [
        ([], "0004_custom"),
        ([CreateCollection(POST)], "0004_blog_post"),
        ([DeleteCollection("BlogPost")], "0004_delete_blog_post"),
        ([RenameCollection("BlogPost", "Article")], "0004_rename_blog_post_article"),
        ([AlterCollection("BlogPost", {"description": "x"})], "0004_alter_blog_post"),
        ([AddProperty("BlogPost", SUMMARY)], "0004_blog_post_short_summary"),
        ([AddReference("BlogPost", ReferenceSpec("by", ("Author",)))], "0004_blog_post_by"),
        ([AddVector("BlogPost", VectorSpec("image"))], "0004_blog_post_image"),
        ([AlterVector("BlogPost", None, {"dimensions": 3})], "0004_alter_blog_post"),
        ([DropIndex("BlogPost", "title", "searchable")], "0004_unindex_blog_post_title"),
        ([RebuildCollection(POST)], "0004_rebuild_blog_post"),
        ([UpdateObjects("BlogPost", lambda row: {})], "0004_update_blog_post"),
        ([RunPython(print)], "0004_print"),
        ([RunPython(print), RunPython(print), DeleteCollection("Tag")], "0004_print_delete_tag"),
        ([AddProperty("BlogPost", SUMMARY), *[DeleteCollection(f"Tag{n}") for n in range(9)]], None),
    ],
)
def test_a_name_says_what_is_done(operations: list[Operation], name: str | None) -> None:
    result = new_name([1, 3], operations)
    assert result == (name or "0004_blog_post_short_summary_delete_tag0_delete_tag1_and_more")


def test_the_first_one() -> None:
    assert new_name([], [CreateCollection(POST)]) == "0001_initial"
    assert new_name([], [CreateCollection(POST), DeleteCollection("Tag")]) == "0001_blog_post_delete_tag"


def test_words_of_ones_own() -> None:
    assert new_name([9_999], [], "more_Tags2") == "10000_more_Tags2"
    for words in ("", "a-b", "../x", "é"):
        with pytest.raises(MigrationFileError, match="a migration file cannot be called"):
            new_name([1], [], words)
