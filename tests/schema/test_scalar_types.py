"""A data type of single values is one member of the enumeration and one row: two files, and all layers have it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import weaviate_orm
from weaviate_orm.query.aggregates import AggregateKind
from weaviate_orm.schema import DataType
from weaviate_orm.schema.values import SCALAR_TYPES

PACKAGE = Path(weaviate_orm.__file__).parent

MEMBERS = """
    DURATION = "duration"
    DURATION_ARRAY = "duration[]"
"""
ROW = """
    ScalarType(
        data_type=DataType.DURATION,
        python_type=timedelta,
        encode=timedelta.total_seconds,
        decode=lambda seconds: timedelta(seconds=seconds),
        json_types=frozenset({int, float}),
        parse=float,
        compared_as=DataType.NUMBER,
        aggregates=_NUMBER_AGGREGATES,
        has_range_index=True,
    ),
"""
USES = """
from datetime import timedelta
from weaviate_orm import Field, Model, field
from weaviate_orm.model.instance_codec import decode_properties, encode_properties
from weaviate_orm.query.filter_json import filter_json
from weaviate_orm.schema import PropertySpec


class Film(Model):
    length: Field[timedelta] = field(index_range_filters=True)
    breaks: Field[list[timedelta]]


spec = Film.__mapper__.collection.properties[0]
assert (spec.name, spec.data_type.value) == ("length", "duration")
assert PropertySpec.from_json(spec.to_json()) == spec
assert Film.__mapper__.collection.properties[1].data_type.value == "duration[]"

film = Film(length=timedelta(hours=2), breaks=[timedelta(minutes=5)])
encoded = encode_properties(film)
assert encoded == {"length": 7200.0, "breaks": [300.0]}
assert decode_properties(Film.__mapper__, encoded) == {"length": timedelta(hours=2), "breaks": [timedelta(minutes=5)]}

condition = filter_json(Film.length > timedelta(hours=1))
assert condition == {"path": ["length"], "operator": "GreaterThan", "valueNumber": 3600.0}, condition
assert Film.length.maximum().decode("7200") == timedelta(hours=2)
print("all layers have it")
"""


def test_a_new_data_type_takes_two_files(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    schema = tmp_path / PACKAGE.name / "schema"
    _insert(schema / "datatypes.py", '    BLOB = "blob"', MEMBERS)
    _insert(schema / "values.py", "\n_ROWS = (", ROW)
    _insert(schema / "values.py", "from decimal import Decimal", "from datetime import timedelta\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", USES], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stdout == "all layers have it\n", result.stderr


def test_each_row_says_what_the_enumerations_have() -> None:
    assert SCALAR_TYPES.keys() == {each for each in DataType if not each.is_array} - {
        DataType.OBJECT,
        DataType.BLOB_HASH,
    }
    arrays = {each.element for each in DataType if each.is_array} - {DataType.OBJECT}
    assert {row.data_type for row in SCALAR_TYPES.values() if row.has_array} == arrays
    names = {kind.value for kind in AggregateKind}
    assert all(row.aggregates <= names for row in SCALAR_TYPES.values())


def _insert(file: Path, before: str, text: str) -> None:
    """Insert text into a file: members before a line, others after it."""
    content = file.read_text()
    assert content.count(before) == 1, (file, before)
    at = content.index(before) + (0 if before.startswith("    ") else len(before))
    file.write_text(f"{content[:at].rstrip()}\n{text.strip(chr(10))}\n{content[at:].lstrip(chr(10))}")
