"""How the properties, references and vectors of a collection change, and whether that needs a rebuild. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import attrs

from weaviate_orm.migrations.conversions import conversion, keeps_json
from weaviate_orm.migrations.file_functions import nested_conversion, unwritten_conversion
from weaviate_orm.migrations.operations.rebuilding import Convert
from weaviate_orm.migrations.renames import Ask, renamed_members, renamed_vectors
from weaviate_orm.schema.collection import CollectionSpec
from weaviate_orm.schema.properties import PropertySpec, ReferenceSpec
from weaviate_orm.schema.vectors import VectorSpec

Spec = TypeVar("Spec", PropertySpec, ReferenceSpec, VectorSpec)

_FIXED: Final[Mapping[type, tuple[str, ...]]] = {
    PropertySpec: ("data_type", "text_analyzer", "vectorize", "vectorize_name", "nested"),
    ReferenceSpec: ("targets", "disable_duplicated_references"),
    VectorSpec: ("vectorizer", "source_properties"),
}
"""The attributes that only a rebuild changes."""


@attrs.frozen
class MemberChanges:
    """The changes of the members of a collection.

    Attributes:
        pairs: what differs in place: each before and after; None before for one that is new, after for a vector that
            is dropped.
        need_rebuild: whether anything differs that cannot change in place.
        renames: the new names of properties and references, by those before.
        vector_renames: the new names of vectors, by those before.
        drop: the names of those that are removed.
        convert: the functions that convert stored values, by the names after.
        convert_back: those for the way back, by the names before.
    """

    pairs: tuple[tuple[Any, Any], ...]
    need_rebuild: bool
    renames: Mapping[str, str]
    vector_renames: Mapping[str, str]
    drop: tuple[str, ...]
    convert: Mapping[str, Convert]
    convert_back: Mapping[str, Convert]

    @classmethod
    def between(cls, old: CollectionSpec, new: CollectionSpec, ask: Ask) -> MemberChanges:
        """Compare two specs of a collection."""
        renames = renamed_members(new.name, old.properties, new.properties, ask)
        renames |= renamed_members(new.name, old.references, new.references, ask)
        vector_renames = renamed_vectors(new.name, old.vectors, new.vectors, ask)
        pairs: list[tuple[Any, Any]] = [
            *_matched(old.properties, new.properties, renames),
            *_matched(old.references, new.references, renames),
            *_matched(old.vectors, new.vectors, vector_renames),
        ]
        drop = tuple(was.name for was, now in pairs if now is None and not isinstance(was, VectorSpec))
        conversions = [*_conversions(new.name, pairs, ask)]
        return cls(
            pairs=tuple((was, now) for was, now in pairs if was is None or now is None or altered_settings(was, now)),
            need_rebuild=bool(renames or vector_renames or drop)
            or any(_needs_rebuild(was, now, old) for was, now in pairs),
            renames=renames,
            vector_renames=vector_renames,
            drop=drop,
            convert={item.new.name: item.forward for item in conversions},
            convert_back={item.old.name: item.backward for item in conversions if item.backward is not None},
        )


def altered_settings(old: Any, new: Any) -> dict[str, Any]:
    """Return the attributes that differ and change in place, with their new values."""
    names = (attribute.name for attribute in attrs.fields(type(new)))
    changing = [name for name in names if name not in ("name", "unknown", *_FIXED[type(new)])]
    return {name: getattr(new, name) for name in changing if getattr(new, name) != getattr(old, name)}


def _matched(
    old: Sequence[Spec], new: Sequence[Spec], renames: Mapping[str, str]
) -> Iterator[tuple[Spec | None, Spec | None]]:
    """Yield the specs before and after, by name; those before without one after come last."""
    before = {renames.get(str(spec.name), spec.name): spec for spec in old}
    for spec in new:
        yield before.pop(spec.name, None), spec
    for spec in before.values():
        yield spec, None


def _needs_rebuild(old: Any, new: Any, collection: CollectionSpec) -> bool:
    if old is not None and new is not None:
        return any(_comparable(old, name) != _comparable(new, name) for name in _FIXED[type(new)])
    if isinstance(new, VectorSpec) and new.name is None:
        # without any vector a collection has an unnamed one without a vectorizer
        return new.vectorizer is not None or bool(collection.vectors)
    return new is None and not (isinstance(old, VectorSpec) and old.name is not None)


def _comparable(spec: Any, name: str) -> Any:
    """Return an attribute as it compares: the order of nested members and of targets means nothing."""
    value = getattr(spec, name)
    if name == "targets":
        return sorted(value)
    if name == "nested":
        return sorted((_nested(member) for member in value), key=lambda member: member["name"])
    return value


def _nested(member: PropertySpec) -> dict[str, Any]:
    return {
        attribute.name: _comparable(member, attribute.name)
        for attribute in attrs.fields(PropertySpec)
        if attribute.name != "unknown"
    }


@attrs.frozen
class _Conversion:
    """How the stored values of a property are converted, and how back; None where that is not known."""

    old: PropertySpec
    new: PropertySpec
    forward: Convert
    backward: Convert | None


def _conversions(collection: str, pairs: Sequence[tuple[Any, Any]], ask: Ask) -> Iterator[_Conversion]:
    for old, new in pairs:
        if not isinstance(old, PropertySpec) or not isinstance(new, PropertySpec):
            continue
        name, back_name = f"convert_{new.name}", f"convert_{old.name}_back"
        if old.nested and old.data_type is new.data_type:
            renames, back = _nested_renames(collection, old, new, ask, old.name, new.name)
            forward = nested_conversion(collection, old, new, renames, name)
            if forward is not None:
                yield _Conversion(old, new, forward, nested_conversion(collection, new, old, back, back_name))
        elif not keeps_json(old.data_type, new.data_type):
            same = _comparable(old, "nested") == _comparable(new, "nested")
            function = conversion(old.data_type, new.data_type) if same else None
            yield _Conversion(
                old,
                new,
                function or unwritten_conversion(collection, old, new, name),
                conversion(new.data_type, old.data_type) if same else None,
            )


def _nested_renames(
    collection: str, old: PropertySpec, new: PropertySpec, ask: Ask, path: str, new_path: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the new names of nested members by their paths before, and those before by their new paths."""
    names = renamed_members(collection, old.nested, new.nested, ask, f"{path}.")
    forward = {f"{path}.{name}": renamed for name, renamed in names.items()}
    backward = {f"{new_path}.{renamed}": name for name, renamed in names.items()}
    for was, now in _matched(old.nested, new.nested, names):
        if was is not None and now is not None and was.nested and now.nested:
            more, back = _nested_renames(collection, was, now, ask, f"{path}.{was.name}", f"{new_path}.{now.name}")
            forward |= more
            backward |= back
    return forward, backward
