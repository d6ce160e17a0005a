"""The messages of a server's gRPC interface, out of its executable: Go keeps the compiled proto files in it."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto

_PACKAGE = "weaviate.v1"
_FILE = re.compile(rb"\n[\x01-\x7f](v1/\w+\.proto)\x12\x0b" + re.escape(_PACKAGE.encode()))
_SYNTAX, _LENGTH_DELIMITED = 12, 2
"""Of a file the last field, and the type of all that these files have."""


def proto_files(executable: Path) -> dict[str, FileDescriptorProto]:
    """Return the proto files of the package, by name."""
    with executable.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return {
            match[1].decode(): FileDescriptorProto.FromString(content[match.start() : _end(content, match.start())])
            for match in _FILE.finditer(content)
        }


def messages_of(files: Mapping[str, FileDescriptorProto]) -> dict[str, DescriptorProto]:
    """Return the messages by name, as ``Boost.Condition``."""
    return {
        name: message
        for file in files.values()
        for top in file.message_type
        for name, message in _with_nested(top.name, top)
    }


def enums_of(files: Mapping[str, FileDescriptorProto]) -> dict[str, EnumDescriptorProto]:
    """Return the enums by name, as ``Filters.Operator``."""
    enums = {enum.name: enum for file in files.values() for enum in file.enum_type}
    nested = {f"{name}.{enum.name}": enum for name, message in messages_of(files).items() for enum in message.enum_type}
    return enums | nested


def methods_of(files: Mapping[str, FileDescriptorProto]) -> dict[str, tuple[str, str]]:
    """Return the messages of each method of the service: the request's and the reply's."""
    return {
        method.name: (_local(method.input_type), _local(method.output_type))
        for file in files.values()
        for service in file.service
        if service.name == "Weaviate"
        for method in service.method
    }


def _local(name: str) -> str:
    return name.removeprefix(f".{_PACKAGE}.")


def _with_nested(name: str, message: DescriptorProto) -> Iterator[tuple[str, DescriptorProto]]:
    yield name, message
    for nested in message.nested_type:
        yield from _with_nested(f"{name}.{nested.name}", nested)


def _end(content: mmap.mmap, place: int) -> int:
    """Return where a serialized file ends, which begins at a place."""
    number = 0
    while number != _SYNTAX:
        tag, place = _varint(content, place)
        number, kind = divmod(tag, 8)
        assert kind == _LENGTH_DELIMITED, f"field {number} of a proto file has the type {kind}"
        length, place = _varint(content, place)
        place += length
    return place


def _varint(content: mmap.mmap, place: int) -> tuple[int, int]:
    value = shift = 0
    while content[place] & 0x80:
        value |= (content[place] & 0x7F) << shift
        shift += 7
        place += 1
    return value | content[place] << shift, place + 1
