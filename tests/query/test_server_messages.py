"""No field of the messages that the server takes and sends is overlooked, and ours are what its executable says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

from tests.query.message_table import CALLED, COLUMNS, LEFT_OUT, NOT_CALLED, READ, SENT
from tests.query.server_messages import enums_of, messages_of, methods_of, proto_files
from weaviate_orm.batch import grpc_messages
from weaviate_orm.http.features import Feature
from weaviate_orm.http.grpc_values import CONSISTENCY_LEVELS, MULTI, SINGLE
from weaviate_orm.query.grpc import boost_messages, filter_messages, generative_messages, search_arguments
from weaviate_orm.query.grpc.aggregate_messages import aggregate_messages
from weaviate_orm.query.grpc.search_messages import search_messages

TABLE = Feature("the table of messages", (1, 39, 0))
"""The table is of this version; older ones have less."""

MAPPED = {**SENT, **READ}

NUMBERS = {
    "ConsistencyLevel": CONSISTENCY_LEVELS.values(),
    "Filters.Operator": filter_messages._NUMBERS.values(),
    "Vectors.VectorType": (SINGLE, MULTI),
    "CombinationMethod": search_arguments._COMBINATIONS.values(),
    "SearchOperatorOptions.Operator": search_arguments._OPERATORS.values(),
    "Hybrid.FusionType": search_arguments._FUSIONS.values(),
    "GenerativeOpenAI.ReasoningEffort": range(1, len(generative_messages._ENUMS["reasoningEffort"]) + 1),
    "GenerativeOpenAI.Verbosity": range(1, len(generative_messages._ENUMS["verbosity"]) + 1),
    "Boost.PropertyValueModifier": boost_messages._MODIFIERS.values(),
    "Boost.DecayCurve": boost_messages._CURVES.values(),
}
"""The numbers of enums that are sent; 0 is to say nothing."""


@pytest.fixture(scope="module")
def files(binary: Path) -> dict[str, FileDescriptorProto]:
    return proto_files(binary)


def our_messages() -> dict[str, Any]:
    packages = {
        "search": search_messages(),
        "aggregate": aggregate_messages(),
        "batch": grpc_messages._messages(),
    }
    return {
        f"{package}.{name}": message.DESCRIPTOR
        for package, messages in packages.items()
        for name, message in messages.items()
    }


def reached(name: str, messages: Mapping[str, DescriptorProto]) -> Iterator[tuple[str, FieldDescriptorProto]]:
    """Yield the fields of a message and of those in it, as far as they are mapped."""
    waiting, passed = [name], set()
    while waiting:
        message = waiting.pop()
        if message in passed:
            continue
        passed.add(message)
        for field in messages[message].field:
            place = f"{message}.{field.name}"
            yield place, field
            if place not in LEFT_OUT and not field.options.deprecated:
                waiting += [inner for inner in held(field, messages) if inner in messages]


def held(field: FieldDescriptorProto, messages: Mapping[str, DescriptorProto]) -> list[str]:
    """The message in a field, or in the values of a map."""
    name = field.type_name.rpartition("weaviate.v1.")[2]
    if field.type != FieldDescriptorProto.TYPE_MESSAGE:
        return []
    entry = messages.get(name)
    return held(entry.field[1], messages) if entry is not None and entry.options.map_entry else [name]


def test_every_field_of_the_server_is_mapped_or_left_out_on_purpose(files: dict[str, FileDescriptorProto]) -> None:
    messages, ours = messages_of(files), our_messages()
    overlooked, fields = [], 0
    for method in CALLED:
        for root in methods_of(files)[method]:
            for place, field in reached(root, messages):
                fields += 1
                message = place.rpartition(".")[0]
                if message not in MAPPED:
                    overlooked.append(message)
                    continue
                numbers = {number for name in MAPPED[message] for number in ours[name].fields_by_number}
                if field.number not in numbers and place not in LEFT_OUT and not field.options.deprecated:
                    overlooked.append(place)
    assert fields > 250
    assert sorted(set(overlooked)) == []


@pytest.mark.needs(TABLE)
def test_nothing_is_left_out_that_is_mapped_or_gone(files: dict[str, FileDescriptorProto]) -> None:
    messages, ours = messages_of(files), our_messages()
    for place, reason in LEFT_OUT.items():
        message, _, name = place.rpartition(".")
        (field,) = [field for field in messages[message].field if field.name == name]
        assert all(field.number not in ours[mapped].fields_by_number for mapped in MAPPED[message]), place
        assert reason, place
    assert MAPPED.keys() <= messages.keys()
    assert set().union(*MAPPED.values()) == set(ours)


@pytest.mark.needs(TABLE)
def test_our_fields_have_the_types_of_the_servers(files: dict[str, FileDescriptorProto]) -> None:
    messages, ours = messages_of(files), our_messages()
    unknown = {(name, field.number) for name, message in ours.items() for field in message.fields}
    wrong = []
    for message, names in MAPPED.items():
        theirs = {field.number: field for field in messages[message].field}
        for name in names:
            for field in ours[name].fields:
                their = theirs.get(field.number)
                if their is None:
                    continue  # one of ours may stand for several of the server's
                unknown.discard((name, field.number))
                if not fits(field, their, messages, in_column=name.partition(".")[2] in COLUMNS):
                    wrong.append((name, field.name, message))
    assert wrong == []
    assert unknown == set()


def fits(field: Any, their: FieldDescriptorProto, messages: Mapping[str, DescriptorProto], *, in_column: bool) -> bool:
    """Whether a field of ours reads and writes what the server does in that place."""
    if field.is_repeated != (their.label == FieldDescriptorProto.LABEL_REPEATED) and not in_column:
        return False
    if their.type == FieldDescriptorProto.TYPE_ENUM:
        return bool(field.type == FieldDescriptorProto.TYPE_INT32)
    if their.type != FieldDescriptorProto.TYPE_MESSAGE:
        return bool(field.type == their.type)
    if field.type == FieldDescriptorProto.TYPE_BYTES:
        return True  # read later
    inner = field.message_type
    if inner.GetOptions().map_entry:
        inner = inner.fields_by_name["value"].message_type
        if inner is None:
            return True
    (name,) = held(their, messages)
    if not inner.full_name.startswith("weaviate_orm."):
        return bool(f".{inner.full_name}" == name)
    return inner.full_name.removeprefix("weaviate_orm.") in MAPPED[name]


def test_every_number_of_an_enum_is_sent_or_read(files: dict[str, FileDescriptorProto]) -> None:
    messages, enums = messages_of(files), enums_of(files)
    names = {
        field.type_name.rpartition("weaviate.v1.")[2]
        for method in CALLED
        for root in methods_of(files)[method]
        for place, field in reached(root, messages)
        if field.type == FieldDescriptorProto.TYPE_ENUM and field.type_name.startswith(".weaviate.")
    }
    assert len(names) > 5
    for name in names:
        assert {value.number for value in enums[name].value} - {0} <= set(NUMBERS[name]), name


def test_every_method_is_called_or_left_out_on_purpose(files: dict[str, FileDescriptorProto]) -> None:
    assert set(methods_of(files)) <= CALLED | NOT_CALLED.keys()
    assert not CALLED & NOT_CALLED.keys()
