"""``weaviate-orm import`` and ``export``: round trips by each format, files cut short, wrong rows, the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Project
from tests.empty_collections import empty_collections
from tests.model import stored_types_models
from tests.session.library_models import empty
from tests.table_models import MODELS, Lamp, Maker, Seller, contents, lamps
from weaviate_orm import Client, Session

pytest.importorskip("pyarrow")

COUNT = 120
FORMATS = ("parquet", "jsonl", "csv")


@pytest.fixture(scope="module")
def collections(client: Client) -> Iterator[None]:
    with empty_collections(client, MODELS):
        yield


@pytest.fixture
def shop(project: Project, client: Client, collections: None) -> Project:
    """A project of the models of tables, over empty collections."""
    empty(client, MODELS)
    settings = project.folder / "pyproject.toml"
    settings.write_text(
        "".join(
            'models = "tests.table_models"\n' if line.startswith("models") else line
            for line in settings.read_text().splitlines(keepends=True)
        )
    )
    return project


def fill(client: Client) -> None:
    with Session(client) as session:
        session.add_all(lamps(COUNT))
        session.commit()


def everything(client: Client) -> tuple[Any, ...]:
    with Session(client) as session:
        query = session.query(Lamp).undefer("picture").with_vector().include("maker", "beside", "sold_by")
        makers = session.query(Maker).include("lamps").order_by("name").all()
        return (
            [contents(lamp) for lamp in query.order_by("name")],
            [(maker.id, maker.name, {lamp.id for lamp in maker.lamps}) for maker in makers],
            [(seller.id, seller.name) for seller in session.query(Seller)],
        )


@pytest.mark.parametrize("kind", FORMATS)
def test_a_round_trip_is_equal(kind: str, shop: Project, client: Client) -> None:
    fill(client)
    before = everything(client)
    assert len(before[0]) == COUNT
    for model in ("Maker", "Seller", "Lamp"):
        result = shop.run("export", model, f"{model}.{kind}", "--chunk-size", "50")
        assert result.exit_code == 0, result.output
    empty(client, MODELS)
    for model in ("Maker", "Seller", "Lamp"):
        result = shop.run("import", model, f"{model}.{kind}", "--batch-size", "25")
        assert result.exit_code == 0, result.output
    assert everything(client) == before
    assert f"{COUNT} objects stored, 0 refused." in result.stdout
    assert {file.name for file in shop.folder.iterdir() if kind in file.name} == {
        f"{model}.{kind}" for model in ("Maker", "Seller", "Lamp")
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_every_type_goes_through_a_file(kind: str, shop: Project, client: Client) -> None:
    options = ("--models", "tests.model.stored_types_models")
    with empty_collections(client, stored_types_models.MODELS):
        with Session(client) as session:
            session.add_all(stored_types_models.things())
            session.commit()
        for command in ("export", "import"):
            result = shop.run(command, "Thing", f"things.{kind}", *options)
            assert result.exit_code == 0, result.output
            if command == "export":
                empty(client, stored_types_models.MODELS)
        with Session(client) as session:
            stored = {thing.name: thing for thing in session.query(stored_types_models.Thing)}
            for thing in stored_types_models.things():
                assert stored_types_models.values_of(stored[thing.name]) == stored_types_models.values_of(thing)
                assert stored[thing.name].id == thing.id


def test_chosen_columns(shop: Project, client: Client) -> None:
    fill(client)
    body = shop.run_json("export", "Lamp", "few.jsonl", "--columns", "name,maker__name")
    assert body == {"objects": COUNT, "file": "few.jsonl"}
    rows = [json.loads(line) for line in Path("few.jsonl").read_text().splitlines()]
    assert {"name": "lamp 00003", "maker__name": 'B"o, o'} in rows
    shop.run("export", "Lamp", "bare.data", "--no-vectors", "--format", "jsonl")
    assert "vector" not in json.loads(Path("bare.data").read_text().splitlines()[0])


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_is_cut_short(kind: str, shop: Project, client: Client) -> None:
    fill(client)
    assert shop.run("export", "Lamp", f"whole.{kind}").exit_code == 0
    empty(client, [Lamp])
    whole = Path(f"whole.{kind}").read_bytes()
    cut = Path(f"lamps.{kind}")
    # a CSV file in the middle of a quoted cell
    cut.write_bytes(whole[: whole.rindex(b'"lamp ') + 3] if kind == "csv" else whole[: len(whole) * 2 // 3])
    result = shop.run("import", "Lamp", cut.name, "--batch-size", "10", "--workers", "1")
    assert result.exit_code == 2, result.output
    assert cut.name in result.stderr
    stored = Session(client).query(Lamp).count()
    cut.write_bytes(whole)
    result = shop.run("import", "Lamp", cut.name, "--batch-size", "10", "--workers", "1")
    assert result.exit_code == 0, result.output
    assert Session(client).query(Lamp).count() == COUNT
    if kind == "jsonl":
        assert 0 < stored < COUNT
        assert f"{COUNT - stored} objects stored" in result.stdout  # what was stored is not sent again


def test_wrong_rows(shop: Project, client: Client) -> None:
    rows = [{"name": f"{number}", "count": number if number != 7 else "seven"} for number in range(20)]
    Path("rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = shop.run("import", "Lamp", "rows.jsonl", "--batch-size", "5", "--workers", "1")
    assert result.exit_code == 2
    assert "error: row 7 (name='7'), column 'count': Lamp.count needs an int, got str 'seven'" in result.stderr
    assert Session(client).query(Lamp).count() == 7
    body = shop.run_json("import", "Lamp", "rows.jsonl", "--on-error", "report")
    assert (body["stored"], body["failed"], body["failures"][0]["row"]) == (12, 1, 7)
    assert Session(client).query(Lamp).count() == 19
    result = shop.run("import", "Lamp", "rows.jsonl", "--on-error", "report", "--no-journal")
    assert result.exit_code == 1
    assert "19 objects stored, 1 refused." in result.stdout


def test_columns_of_other_names(shop: Project, client: Client) -> None:
    Path("lamps.csv").write_text('Name,count,parts,colour,other\nA,3,"[{""word"": ""v""}]",red,x\n"",,,,\n')
    result = shop.run("import", "Lamp", "lamps.csv", "--rename", "Name=name")
    assert result.exit_code == 2
    assert "column 'other': Lamp has no attribute 'other'" in result.stderr
    result = shop.run("import", "Lamp", "lamps.csv", "--rename", "Name=name", "--ignore-unknown")
    assert result.exit_code == 0, result.output
    with Session(client) as session:
        empty_name, a = session.query(Lamp).order_by("name").all()
        assert (empty_name.name, empty_name.count, empty_name.parts) == ("", None, [])
        assert (a.count, a.parts[0].word, a.colour and a.colour.value) == (3, "v", "red")
    for wrong in ("Name", "=name"):
        assert "--rename is COLUMN=ATTRIBUTE" in shop.run("import", "Lamp", "lamps.csv", "--rename", wrong).stderr


def test_arguments_that_lead_nowhere(shop: Project) -> None:
    Path("lamps.csv").write_text("name\na\n")
    Path("lamps.txt").write_text("name\na\n")
    Path("empty.csv").write_text("")
    assert "no model is called 'Lmp'; did you mean Lamp?" in shop.run("export", "Lmp", "x.csv").stderr
    assert "which format has lamps.txt? name it .parquet" in shop.run("import", "Lamp", "lamps.txt").stderr
    assert "empty.csv is empty" in shop.run("import", "Lamp", "empty.csv").stderr
    assert shop.run("import", "Lamp", "nowhere.csv").exit_code == 2
    assert "cannot be written" in shop.run("export", "Lamp", "nowhere/x.csv").stderr
    result = shop.run("import", "Lamp", "lamps.csv", "--format", "parquet")
    assert "error: lamps.csv cannot be read as parquet" in result.stderr
