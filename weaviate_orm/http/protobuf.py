"""Messages of gRPC, declared by tables.

Only the fields in use are declared. Fields are identified by their numbers, so the names are our own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from weaviate_orm.forks import in_children

Messages = Mapping[str, Sequence[tuple[str, int, str]]]
"""The fields of each message: name, number, and type.

A type is one of protobuf's, as ``bytes``, or the name of a message. ``repeated``, ``optional`` or ``map`` may stand
before it; any other word there is the name of the oneof that the field belongs to. Keys of maps are strings.
"""


_lock = threading.Lock()


def _begin_in_child() -> None:
    global _lock
    _lock = threading.Lock()


in_children(_begin_in_child)


def declare_messages(name: str, messages: Messages, dependencies: Sequence[str] = ()) -> dict[str, Any]:
    """Return the classes of messages by name. Several threads may declare the same at once.

    Args:
        name: of their package, which is our own: other clients in the process declare ``weaviate.v1``.
        messages: the messages; a type with a dot is one of another file.
        dependencies: the files of such types, which are imported already.
    """
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    package = f"weaviate_orm.{name}"
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{package.replace('.', '/')}.proto", package=package, syntax="proto3", dependency=dependencies
    )
    for message, fields in messages.items():
        _declare(file.message_type.add(name=message), package, fields)
    pool = descriptor_pool.Default()
    with _lock:
        try:
            pool.FindFileByName(file.name)
        except KeyError:
            pool.AddSerializedFile(file.SerializeToString())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in messages}


def _declare(message: Any, package: str, fields: Sequence[tuple[str, int, str]]) -> None:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    # protobuf has the oneofs of optional fields after all others
    split = [(name, number, *_word_and_kind(declared)) for name, number, declared in fields]
    oneofs = [word for _, _, word, _ in split if word not in ("", "repeated", "optional", "map")]
    oneofs = list(dict.fromkeys((*oneofs, *(f"_{name}" for name, _, word, _ in split if word == "optional"))))
    for oneof in oneofs:
        message.oneof_decl.add(name=oneof)
    for name, number, word, kind in split:
        label = "REPEATED" if word in ("repeated", "map") else "OPTIONAL"
        if word == "map":
            entry = f"{name.title().replace('_', '')}Entry"
            _declare(
                message.nested_type.add(name=entry, options={"map_entry": True}),
                package,
                (("key", 1, "string"), ("value", 2, kind)),
            )
            kind = f"{package}.{message.name}.{entry}"
        field = message.field.add(name=name, number=number, label=getattr(FieldDescriptorProto, f"LABEL_{label}"))
        if word and label == "OPTIONAL":
            field.proto3_optional = word == "optional"
            field.oneof_index = oneofs.index(f"_{name}" if word == "optional" else word)
        if kind[0].islower() and "." not in kind:
            field.type = getattr(FieldDescriptorProto, f"TYPE_{kind.upper()}")
        else:
            field.type = FieldDescriptorProto.TYPE_MESSAGE
            field.type_name = f".{kind}" if "." in kind else f".{package}.{kind}"


def _word_and_kind(declared: str) -> tuple[str, str]:
    """Return the word before a type, which may be empty, and the type."""
    word, _, kind = declared.rpartition(" ")
    return word, kind
