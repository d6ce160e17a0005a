"""Small helpers under the names that the v3 Python client gave them, with its results.

Checked against weaviate-client 3.26.7; where v3 crashed on bad input, these raise ValueError or TypeError.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from weaviate_orm.beacons import SCHEME, make_beacon, split_beacon
from weaviate_orm.exceptions import ArgumentTypeError, ValidationError

__all__ = [
    "capitalize_first_letter",
    "check_batch_result",
    "file_decoder_b64",
    "file_encoder_b64",
    "generate_local_beacon",
    "generate_uuid5",
    "get_domain_from_weaviate_url",
    "get_valid_uuid",
    "get_vector",
    "image_decoder_b64",
    "image_encoder_b64",
    "is_object_url",
    "is_weaviate_client_too_old",
    "is_weaviate_domain",
    "is_weaviate_object_url",
    "is_weaviate_too_old",
    "parse_version_string",
    "strip_newlines",
]

_DOMAIN = re.compile(r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")


def generate_uuid5(identifier: Any, namespace: Any = "") -> str:
    """Return the UUID that is always the same for an identifier in a namespace, made from their ``str()``.

    >>> generate_uuid5({"name": "Jane Doe"}, "Author")
    'c1f401b4-c7e6-5a27-9077-92bf21d97b2d'
    """
    return str(uuid5(NAMESPACE_DNS, str(namespace) + str(identifier)))


def capitalize_first_letter(string: str) -> str:
    """Return a name as Weaviate stores it: class names begin with a capital.

    >>> capitalize_first_letter("blogPost")
    'BlogPost'
    """
    return string[:1].capitalize() + string[1:]


def generate_local_beacon(to_uuid: str | UUID, class_name: str | None = None) -> dict[str, str]:
    """Return the value of a cross-reference to an object.

    Raises ValueError when ``to_uuid`` is not a UUID, TypeError when it is no string either.

    >>> generate_local_beacon("c1f401b4-c7e6-5a27-9077-92bf21d97b2d", "author")
    {'beacon': 'weaviate://localhost/Author/c1f401b4-c7e6-5a27-9077-92bf21d97b2d'}
    """
    if not isinstance(to_uuid, (str, UUID)):
        raise ArgumentTypeError(f"to_uuid is a str or a UUID, not {type(to_uuid).__name__}")
    try:
        uuid = UUID(str(to_uuid))
    except ValueError:
        raise ValidationError(f"to_uuid is not a UUID: {to_uuid!r}") from None
    if class_name is not None and not isinstance(class_name, str):
        raise ArgumentTypeError(f"class_name is a str, not {type(class_name).__name__}")
    if class_name == "":
        raise ValidationError("class_name is empty; leave it out for a beacon without a class")
    collection = None if class_name is None else capitalize_first_letter(class_name)
    return {"beacon": make_beacon(str(uuid), collection)}


def get_valid_uuid(uuid: str | UUID) -> str:
    """Return a UUID in its usual writing, out of a UUID, a beacon, or the URL of an object.

    Raises ValueError when there is none in it, TypeError when it is neither a UUID nor a string.

    >>> get_valid_uuid("weaviate://localhost/Author/C1F401B4C7E65A27907792BF21D97B2D")
    'c1f401b4-c7e6-5a27-9077-92bf21d97b2d'
    """
    if isinstance(uuid, UUID):
        return str(uuid)
    if not isinstance(uuid, str):
        raise ArgumentTypeError(f"a uuid is a str or a UUID, not {type(uuid).__name__}")
    text = uuid.rpartition("/")[2] if is_weaviate_object_url(uuid) or is_object_url(uuid) else uuid
    try:
        return str(UUID(text))
    except ValueError:
        raise ValidationError(f"this is not a UUID, a beacon or the URL of an object: {uuid!r}") from None


def is_weaviate_object_url(url: str) -> bool:
    """Return whether a text is a beacon, ``weaviate://host/[Class/]uuid``."""
    if not isinstance(url, str) or not url.startswith(SCHEME):
        return False
    host, path = split_beacon(url)
    return len(path) in (1, 2) and (host == "localhost" or bool(_DOMAIN.fullmatch(host))) and _is_uuid(path[-1])


def is_object_url(url: str) -> bool:
    """Return whether a text is the URL or the path of an object, ``…/v1/objects/[Class/]uuid``."""
    parts = url.split("/v1/") if isinstance(url, str) else ()
    if len(parts) != 2:
        return False
    resource, *rest = parts[1].split("/")
    return resource == "objects" and len(rest) in (1, 2) and _is_uuid(rest[-1])


def get_domain_from_weaviate_url(url: str) -> str:
    """Return the host of a beacon.

    >>> get_domain_from_weaviate_url("weaviate://localhost/28f3f61b-b524-45e0-9bbe-2c1550bf73d2")
    'localhost'
    """
    return split_beacon(url)[0]


def is_weaviate_domain(url: str) -> bool:
    """Return whether a URL leads to Weaviate Cloud."""
    return any(domain in url.lower() for domain in ("weaviate.io", "semi.technology", "weaviate.cloud"))


def strip_newlines(s: str) -> str:
    """Return a text with a space for each newline.

    >>> strip_newlines("one\\ntwo")
    'one two'
    """
    return s.replace("\n", " ")


def parse_version_string(ver_str: str) -> tuple[int, int]:
    """Return the major and the minor version.

    Raises ValueError when it is no version.

    >>> parse_version_string("v1.18.2"), parse_version_string("2")
    ((1, 18), (2, 0))
    """
    if not isinstance(ver_str, str):
        raise ArgumentTypeError(f"a version is a str, not {type(ver_str).__name__}")
    match = re.match(r"v?(\d+)(?:\.(\d+)|$)", ver_str)
    if match is None:
        raise ValidationError(f"this is not a version, as 1.18.2 or v1.18.2: {ver_str!r}")
    return int(match[1]), int(match[2] or 0)


def is_weaviate_too_old(current_version_str: str) -> bool:
    """Return whether a server is older than 1.16, of which v3 warned. Raises ValueError where it is no version."""
    return parse_version_string(current_version_str) < (1, 16)


def is_weaviate_client_too_old(current_version_str: str, latest_version_str: str) -> bool:
    """Return whether a client is more than three minor versions behind the latest one; False when one is no version."""
    try:
        major, minor = parse_version_string(latest_version_str)
        return parse_version_string(current_version_str) < (major, max(minor - 3, 0))
    except ValidationError:
        return False


def get_vector(vector: Any) -> list[float]:
    """Return a vector as a list, out of a list, another sequence, a numpy array, or a torch or TensorFlow tensor.

    Dimensions of length one are dropped. Raises TypeError for anything else.

    >>> get_vector((1.0, 0.5))
    [1.0, 0.5]
    """
    if isinstance(vector, list):
        return vector
    if hasattr(vector, "numpy") and not hasattr(vector, "squeeze"):
        vector = vector.numpy()
    if hasattr(vector, "squeeze"):
        numbers = vector.squeeze().tolist()
        return numbers if isinstance(numbers, list) else [numbers]
    if isinstance(vector, Sequence) and not isinstance(vector, (str, bytes)):
        return list(vector)
    raise ArgumentTypeError(
        f"a vector is a list, another sequence of numbers, a numpy array or a tensor, not {type(vector).__name__}"
    )


def file_encoder_b64(file_or_file_path: str | Path | BufferedIOBase) -> str:
    """Return the content of a file, named by its path or opened in binary mode, as a ``blob`` property takes it.

    Raises ValueError when there is no such file, TypeError when it is neither.
    """
    if isinstance(file_or_file_path, (str, Path)):
        path = Path(file_or_file_path)
        if not path.is_file():
            raise ValidationError(f"there is no file at {path}")
        content = path.read_bytes()
    elif isinstance(file_or_file_path, BufferedIOBase):
        content = file_or_file_path.read()
    else:
        raise ArgumentTypeError(f"a file is a path or is opened in binary mode, not {type(file_or_file_path).__name__}")
    return base64.b64encode(content).decode("ascii")


def file_decoder_b64(encoded_file: str) -> bytes:
    """Return the bytes of a ``blob`` property.

    >>> file_decoder_b64("aGVsbG8=")
    b'hello'
    """
    return base64.b64decode(encoded_file)


def image_encoder_b64(image_or_image_path: str | Path | BufferedIOBase) -> str:
    """See :func:`file_encoder_b64`."""
    return file_encoder_b64(image_or_image_path)


def image_decoder_b64(encoded_image: str) -> bytes:
    """See :func:`file_decoder_b64`."""
    return file_decoder_b64(encoded_image)


def check_batch_result(results: Iterable[Mapping[str, Any]] | None) -> None:
    """Print the errors in the answer to a batch: v3's default callback."""
    for result in results or ():
        errors = result.get("result", {}).get("errors") or {}
        if "error" in errors:
            print(errors)  # noqa: T201 - what it is for


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
