"""Options of attributes: a function takes each of them, and the schema gets those that are the server's."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import weaviate_orm
from weaviate_orm import Field, Model, Ref, Vector, field, ref, vector
from weaviate_orm.exceptions import MappingError
from weaviate_orm.model.field_options import FieldOptions, ReferenceOptions, VectorOptions
from weaviate_orm.schema import PropertySpec
from weaviate_orm.schema.properties import FIXED_SETTINGS


@pytest.mark.parametrize(
    ("function", "options"), [(field, FieldOptions), (ref, ReferenceOptions), (vector, VectorOptions)]
)
def test_a_function_takes_each_option_with_its_default(function: object, options: type) -> None:
    taken = {name: each.default for name, each in inspect.signature(function).parameters.items()}  # type: ignore[arg-type]
    assert {name: default for name, default in taken.items() if name not in ("default", "factory")} == {
        attribute.name: attribute.default for attribute in attrs.fields(options)
    }


def test_options_of_the_server_reach_the_schema() -> None:
    shared = {each.name for each in attrs.fields(FieldOptions)} & {each.name for each in attrs.fields(PropertySpec)}
    assert FieldOptions().spec_options().keys() == shared - {"name"}
    assert shared >= {*FIXED_SETTINGS}
    assert FieldOptions(index_searchable=False).spec_options(nested=True)["index_searchable"] is False


def test_field_serves_a_reference() -> None:
    class Shelf(Model):
        pass

    class Volume(Model):
        shelf: Ref[Shelf | None] = field(default=None, name="place", description="where it stands")

    reference = Volume.__mapper__.entity.references["shelf"]
    assert (reference.spec.name, reference.spec.description) == ("place", "where it stands")


def test_options_of_another_kind_are_refused() -> None:
    class Essay(Model):
        title: Field[str] = ref(name="heading")

    with pytest.raises(MappingError, match=r"Essay\.title.*takes the options of field\(\), and has those of ref\(\)"):
        Essay.__mapper__.collection  # noqa: B018

    class Scan(Model):
        pixels: Vector = field(default=None, tokenization="word")

    with pytest.raises(MappingError, match=r"pixels takes the options of vector\(\), and has those of field\(\)"):
        Scan.__mapper__.collection  # noqa: B018


OPTION = "index_inverted: bool | None = None"
EDITS = {
    "model/field_options.py": (
        (
            "    lossy: bool = False\n\n    def",
            f"    lossy: bool = False\n    {OPTION}\n\n    def",
        ),
        (
            "    lossy: bool = False,\n)",
            f"    lossy: bool = False,\n    {OPTION},\n)",
        ),
        ("        lossy=lossy,\n", "        lossy=lossy,\n        index_inverted=index_inverted,\n"),
    ),
    "schema/properties.py": (
        ('    "text_analyzer",\n)', '    "text_analyzer",\n    "index_inverted",\n)'),
        (
            "    vectorize: bool = True\n",
            f"    {OPTION}\n    vectorize: bool = True\n",
        ),
    ),
}
USES = """
from weaviate_orm import Field, Model, field
from weaviate_orm.schema import PropertySpec, differences


class Article(Model):
    title: Field[str] = field(index_inverted=True)


collection = Article.__mapper__.collection
body = collection.properties[0].to_json()
assert body["indexInverted"] is True
assert PropertySpec.from_json(body) == collection.properties[0]


class Plain(Model):
    title: Field[str]

    class Meta:
        name = "Article"


(difference,) = differences(collection, Plain.__mapper__.collection)
assert difference.path == "Article.title.index_inverted"
print("it reaches the server")
"""


def test_a_new_option_takes_two_files(tmp_path: Path) -> None:
    package = Path(weaviate_orm.__file__).parent
    shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, edits in EDITS.items():
        file = tmp_path / package.name / name
        content = file.read_text()
        for old, new in edits:
            assert content.count(old) == 1, (name, old)
            content = content.replace(old, new)
        file.write_text(content)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", USES], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stdout == "it reaches the server\n", result.stderr
