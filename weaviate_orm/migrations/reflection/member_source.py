"""Properties, references and vectors as annotated attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import orjson

from weaviate_orm.migrations.python_source import Expression, call, lines_of, literal, sequence
from weaviate_orm.migrations.reflection import server_defaults
from weaviate_orm.migrations.reflection.imports import Imports
from weaviate_orm.migrations.reflection.index_source import index_source
from weaviate_orm.migrations.reflection.module_source import module_source
from weaviate_orm.migrations.reflection.options_source import spec_call
from weaviate_orm.migrations.reflection.python_names import Names, attribute_names, class_name
from weaviate_orm.schema.datatypes import DataType
from weaviate_orm.schema.modules import Module
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec, without_shards
from weaviate_orm.schema.values import SCALAR_TYPES
from weaviate_orm.schema.vectors import VectorSpec

_ORM = "weaviate_orm"

_IMPORTED_TYPES: Final[Mapping[str, str]] = {
    "datetime": "datetime",
    "UUID": "uuid",
    "GeoCoordinates": _ORM,
    "PhoneNumber": _ORM,
}


@attrs.define
class Body:
    """The lines of a class, and what could not be said in them."""

    lines: list[str] = attrs.field(factory=list)
    notes: list[str] = attrs.field(factory=list)


@attrs.define
class MemberWriter:
    """Writes the attributes of classes.

    Attributes:
        imports: of the module.
        class_names: the classes of the module.
        nested: the classes of nested objects that were written, inner ones first.
    """

    imports: Imports
    class_names: Names
    nested: list[list[str]] = attrs.field(factory=list)

    def write_property(self, spec: PropertySpec, attribute: str, owner: str, body: Body) -> bool:
        """Write a property of a model; return whether it has a Python type."""
        written = self._type(spec, owner, body)
        if written is None:
            return False
        options = self._options(spec, attribute)
        _note_unknown(spec, spec.name, body)
        if spec.data_type.is_array:
            value = self._field(factory="list", **options)
        else:
            written, value = f"{written} | None", self._field(default="None", **options)
        body.lines += lines_of(value, indent=4, before=f"{attribute}: {self.imports.use(_ORM, 'Field')}[{written}] = ")
        return True

    def _field(self, **options: Expression) -> Expression:
        return call(self.imports.use(_ORM, "field"), **options)

    def _type(self, spec: PropertySpec, owner: str, body: Body) -> str | None:
        element = spec.data_type.element
        if element is DataType.OBJECT:
            name = self._write_nested(spec, owner, body)
        elif element in SCALAR_TYPES:
            name = SCALAR_TYPES[element].python_type.__name__
            if name in _IMPORTED_TYPES:
                self.imports.use(_IMPORTED_TYPES[name], name)
        else:
            body.notes.append(f"{spec.name}: no Python type for {spec.data_type}")
            return None
        return f"list[{name}]" if spec.data_type.is_array else name

    def _options(self, spec: PropertySpec, attribute: str) -> dict[str, Expression]:
        is_text = spec.data_type.element is DataType.TEXT
        defaults = {
            "name": attribute,
            "description": None,
            "tokenization": "word" if is_text else None,
            "index_filterable": True,
            "index_searchable": is_text,
            "index_range_filters": False,
            "vectorize": True,
            "vectorize_name": False,
        }
        values = {name: getattr(spec, name) for name in defaults}
        options = {
            name: literal(value) for name, value in values.items() if value is not None and value != defaults[name]
        }
        if spec.text_analyzer is not None:
            options["text_analyzer"] = spec_call(spec.text_analyzer, self.imports)
        return options

    def _write_nested(self, spec: PropertySpec, owner: str, body: Body) -> str:
        """Write the class of a nested object, and return its name."""
        name = self.class_names.take(owner + class_name(f"{spec.name[:1].upper()}{spec.name[1:]}"), "Object")
        own = Body()
        attributes = attribute_names((inner.name, "_field") for inner in spec.nested)
        for inner, attribute in zip(spec.nested, attributes, strict=True):
            written = self._type(inner, name, own)
            if written is not None:
                own.lines += self._nested_member(inner, attribute, written)
                _note_unknown(inner, inner.name, own)
        body.notes += (f"{spec.name}.{note}" for note in own.notes)
        self.imports.use_attrs()
        self.nested.append(["@attrs.define(kw_only=True)", f"class {name}:", *(own.lines or ["    pass"])])
        return name

    def _nested_member(self, spec: PropertySpec, attribute: str, written: str) -> list[str]:
        options = self._options(spec, attribute)
        if spec.data_type.is_array:
            return lines_of(self._field(factory="list", **options), indent=4, before=f"{attribute}: {written} = ")
        value = self._field(default="None", **options) if options else "None"
        return lines_of(value, indent=4, before=f"{attribute}: {written} | None = ")

    def write_reference(self, spec: ReferenceSpec, attribute: str, targets: Mapping[str, str], body: Body) -> None:
        """Write a reference; ``targets`` are the classes of collections."""
        if missing := [target for target in spec.targets if target not in targets]:
            body.notes.append(f"{spec.name}: it refers to {', '.join(missing)}, which the server does not have")
            return
        options: dict[str, Expression] = {"factory": "list"}
        if attribute != spec.name:
            options["name"] = literal(spec.name)
        if spec.description:
            options["description"] = literal(spec.description)
        if spec.disable_duplicated_references:
            options["disable_duplicated_references"] = "True"
        unknown = server_defaults.without_defaults(without_shards(spec.unknown), server_defaults.REFERENCE_UNKNOWN)
        unknown.pop("moduleConfig", None)  # no vectorizer reads references by it
        if unknown:
            body.notes.append(f"{spec.name}: {_json(unknown)}")
        classes = " | ".join(targets[target] for target in spec.targets)
        body.lines += lines_of(
            call(self.imports.use(_ORM, "ref"), **options),
            indent=4,
            before=f"{attribute}: {self.imports.use(_ORM, 'Ref')}[list[{classes}]] = ",
        )

    def write_vector(self, spec: VectorSpec, attribute: str, attributes: Mapping[str, str], body: Body) -> None:
        """Write a named vector; ``attributes`` are those of the properties."""
        options: dict[str, Expression] = {"default": "None"}
        if attribute != spec.name:
            options["name"] = literal(spec.name)
        sources: Sequence[str] | None = spec.source_properties
        if spec.vectorizer is not None:
            module = spec.vectorizer
            if sources is not None and not all(source in attributes for source in sources):
                module, sources = vectorizer_with_sources(spec, module), None
            options["vectorizer"] = module_source(module, self.imports)
        if (index := index_source(spec.index, self.imports)) is not None:
            options["index"] = index
        if sources is not None:
            options["source_properties"] = sequence(literal(attributes[source]) for source in sources)
        if spec.unknown:
            body.notes.append(f"{spec.name}: {_json(spec.unknown)}")
        body.lines += lines_of(
            call(self.imports.use(_ORM, "vector"), **options),
            indent=4,
            before=f"{attribute}: {self.imports.use(_ORM, 'Vector')} = ",
        )


def vectorizer_with_sources(spec: VectorSpec, module: Module) -> Module:
    """Return a vectorizer whose settings name the properties that it reads."""
    return Module(module.name, spec.settings())


def _note_unknown(spec: PropertySpec, name: str, body: Body) -> None:
    if unknown := without_shards(spec.unknown):
        body.notes.append(f"{name}: {_json(unknown)}")


def _json(settings: Mapping[str, Any]) -> str:
    return orjson.dumps(settings).decode()
