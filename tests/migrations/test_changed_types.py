"""Types that Weaviate has none of its own for: files know how each is stored, and a change of that is a change."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.model.stored_types_models import MODELS, Colour
from weaviate_orm import Client, Field, Model, Session, field
from weaviate_orm.http.features import PROPERTY_REINDEX
from weaviate_orm.migrations import MigrationFiles, SchemaState, make_migration, plan


def offer(unique: str, **annotations: Any) -> Any:
    """Return a model of the collection of a test."""
    meta = type("Meta", (), {"name": unique, "alias": True, "key": ("name",)})
    metaclass: Any = type(Model)
    values = {name: value for name, (_, value) in annotations.items()}
    types = {"name": Field[str], **{name: annotation for name, (annotation, _) in annotations.items()}}
    return metaclass("Offer", (Model,), {**values, "__annotations__": types, "__module__": __name__, "Meta": meta})


def test_a_file_holds_the_stored_types(tmp_path: Path) -> None:
    first = make_migration(MigrationFiles.load(tmp_path), MODELS)
    assert first is not None
    first.write()
    assert make_migration(MigrationFiles.load(tmp_path), MODELS) is None
    (text,) = [path.read_text() for path in tmp_path.glob("0001_*.py")]
    for stated in ('"price"', 'PropertySpec("key", DataType.TEXT, tokenization="field")'):
        assert stated in text.replace("name=", "").replace("data_type=", "")


@pytest.mark.parametrize(
    ("before", "after", "is_change"),
    [
        ((Field[Decimal], field()), (Field[Decimal], field(stored_as=float)), True),
        ((Field[float], field()), (Field[Decimal], field(stored_as=float)), False),
        ((Field[timedelta], field()), (Field[float], field()), False),
        ((Field[time], field()), (Field[str], field()), True),
        ((Field[list[str]], field()), (Field[set[str]], field()), False),
        ((Field[PurePosixPath], field()), (Field[str], field(tokenization="field")), False),
        ((Field[PurePosixPath], field()), (Field[str], field()), True),
        ((Field[dict[str, int]], field()), (Field[dict[str, float]], field()), True),
        ((Field[Colour], field()), (Field[Decimal], field()), False),
    ],
)
def test_a_change_of_what_is_stored_is_seen(before: Any, after: Any, is_change: bool, tmp_path: Path) -> None:
    state = SchemaState.of_models([offer("Offer", value=before)])
    new = SchemaState.of_models([offer("Offer", value=after)])
    files = MigrationFiles.load(tmp_path)
    first = make_migration(files, state)
    assert first is not None
    first.write()
    assert (make_migration(MigrationFiles.load(tmp_path), new) is not None) is is_change


@pytest.mark.needs(PROPERTY_REINDEX)
def test_decimals_become_numbers_with_their_values(client: Client, unique: str) -> None:
    text = offer(unique, price=(Field[Decimal], field()))
    number = offer(unique, price=(Field[Decimal], field(stored_as=float)))
    plan([text], client=client).apply()
    with Session(client) as session:
        session.add_all([text(name="a", price=Decimal("9.50")), text(name="b", price=Decimal("12.5"))])
        session.commit()
    changes = plan([number], client=client)
    assert f"{unique}.price" in str(changes)
    changes.apply()
    with Session(client) as session:
        assert session.query(number).where(number.price > Decimal(10)).one().name == "b"
        assert session.query(number).order_by("-price").values_list("price", flat=True) == [
            Decimal("12.5"),
            Decimal("9.5"),
        ]
    assert not plan([number], client=client)
