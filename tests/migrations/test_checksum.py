"""The checksum of a migration file changes with what it does, and with nothing else."""

from __future__ import annotations

import pytest

from weaviate_orm.migrations.checksum import checksum

FILE = """
from weaviate_orm.migrations import AddProperty, Migration
from weaviate_orm.schema import DataType, PropertySpec


def fill(row):
    return f"{row['title']}: {row.id!r:>9}"


migration = Migration(
    dependencies=["0001_initial"],
    operations=[AddProperty("Article", PropertySpec("summary", DataType.TEXT), fill=fill)],
)
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n\n\ndef", "\n# why\ndef"),
        ('    return f"', '    """Say what it is."""\n    return f"'),
        ("AddProperty, Migration\n", "(\n    Migration,\n    AddProperty,\n)\n"),
        ("DataType.TEXT)", "DataType.TEXT,)"),
        ('"0001_initial"', '"0001_squashed_0004_more"'),
        ('dependencies=["0001_initial"],', 'dependencies=[], replaces=["0000_first"],'),
        ("['title']", "['''title''']"),
    ],
)
def test_what_does_not_matter(old: str, new: str) -> None:
    assert old in FILE
    assert checksum(FILE.replace(old, new)) == checksum(FILE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"summary"', '"abstract"'),
        ("DataType.TEXT)", "DataType.TEXT, None)"),
        ("['title']", "['text']"),
        (":>9", ":>8"),
        ("from weaviate_orm.schema", "from .schema"),
        ("import DataType", "import DataType as Kind"),
        ("operations=[", "operations=[*[], "),
        (", fill=fill", ""),
        ("return", "yield"),
    ],
)
def test_what_matters(old: str, new: str) -> None:
    assert old in FILE
    assert checksum(FILE.replace(old, new)) != checksum(FILE)


def test_it_is_the_same_in_each_version_of_python() -> None:
    assert checksum(FILE) == "7c296ea7d708d4f1e8bb6e340e07d26e"
