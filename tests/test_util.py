"""The helpers of v3. What they give was compared with weaviate-client 3.26.7."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from weaviate_orm import util

TEXT = "1c9cd584-88fe-5010-83d0-017cb3fcb446"


@pytest.mark.parametrize(
    ("identifier", "namespace", "uuid"),
    [
        ({"name": "Jane Doe"}, "Author", "c1f401b4-c7e6-5a27-9077-92bf21d97b2d"),
        ("x", "", "05b16a01-46c6-56dd-bd6e-c6dfb4a1427a"),
        (7, "Author", "fad8b337-d071-52c7-b5fb-7226b8509781"),
        (None, None, "56b9a52c-80b6-5e13-8f6d-cced3b939353"),
        ([1, "a"], 7, "cbfb291d-f7fe-539f-87e9-0fafdb4c4ce9"),
        ('ü\n"', "", "c7ef09e1-ddfe-5e98-9043-c73520d70654"),
    ],
)
def test_generate_uuid5(identifier: Any, namespace: Any, uuid: str) -> None:
    assert util.generate_uuid5(identifier, namespace) == uuid


@pytest.mark.parametrize(
    "given",
    [
        TEXT,
        TEXT.upper(),
        TEXT.replace("-", ""),
        f"{{{TEXT}}}",
        f"urn:uuid:{TEXT}",
        UUID(TEXT),
        f"weaviate://localhost/{TEXT}",
        f"weaviate://localhost/Author/{TEXT}",
        f"weaviate://example.org/Author/{TEXT}",
        f"http://localhost:8080/v1/objects/{TEXT}",
        f"/v1/objects/Author/{TEXT}",
    ],
)
def test_get_valid_uuid(given: str | UUID) -> None:
    assert util.get_valid_uuid(given) == TEXT


@pytest.mark.parametrize(
    "given",
    [
        "",
        "x",
        "weaviate://localhost/x",
        f"weaviate://localhost/a/b/{TEXT}",
        f"weaviate://localhost:8080/{TEXT}",
        f"weaviate://127.0.0.1/{TEXT}",
        f"weaviate://-a.com/{TEXT}",
        f"/v1/objects/a/b/{TEXT}",
        f"/v1/things/{TEXT}",
        f"/v2/objects/{TEXT}",
    ],
)
def test_what_holds_no_uuid(given: str) -> None:
    with pytest.raises(ValueError, match="not a UUID"):
        util.get_valid_uuid(given)


def test_what_is_no_uuid_at_all() -> None:
    for function in (util.get_valid_uuid, util.generate_local_beacon):
        with pytest.raises(TypeError, match="int"):
            function(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not a UUID"):
        util.generate_local_beacon(f"weaviate://localhost/{TEXT}")
    with pytest.raises(ValueError, match="empty"):
        util.generate_local_beacon(TEXT, "")


def test_generate_local_beacon() -> None:
    assert util.generate_local_beacon(UUID(TEXT)) == {"beacon": f"weaviate://localhost/{TEXT}"}
    assert util.generate_local_beacon(TEXT, "author") == {"beacon": f"weaviate://localhost/Author/{TEXT}"}


def test_urls() -> None:
    assert util.is_weaviate_object_url(f"weaviate://localhost/{TEXT}")
    assert not util.is_weaviate_object_url(f"http://localhost/{TEXT}")
    assert not util.is_weaviate_object_url(7)  # type: ignore[arg-type]
    assert util.is_object_url(f"http://localhost:8080/v1/objects/Author/{TEXT}")
    assert not util.is_object_url(None)  # type: ignore[arg-type]
    assert not util.is_object_url(f"http://localhost/v1/v1/objects/{TEXT}")
    assert util.get_domain_from_weaviate_url(f"weaviate://example.org/Author/{TEXT}") == "example.org"
    assert util.is_weaviate_domain("https://some.Weaviate.NETWORK.weaviate.cloud")
    assert not util.is_weaviate_domain("http://localhost:8080")


class Tensor:
    """Has what a TensorFlow tensor has, and numpy arrays have not."""

    def __init__(self, numbers: Any) -> None:
        self._numbers = np.array(numbers)

    def numpy(self) -> Any:
        return self._numbers


@pytest.mark.parametrize(
    "given",
    [[1.0, 0.5], (1.0, 0.5), np.array([1.0, 0.5], dtype=np.float32), np.array([[1.0, 0.5]]), Tensor([[1.0, 0.5]])],
)
def test_get_vector(given: Any) -> None:
    assert util.get_vector(given) == [1.0, 0.5]


def test_a_vector_of_one_number_stays_a_list() -> None:
    assert util.get_vector(np.array([3.0])) == [3.0]


@pytest.mark.parametrize("given", ["ab", b"ab", None, {1.0}, 1.0])
def test_what_is_no_vector(given: Any) -> None:
    with pytest.raises(TypeError, match="a vector is"):
        util.get_vector(given)


@pytest.mark.parametrize("encode", [util.file_encoder_b64, util.image_encoder_b64])
def test_files_are_encoded_and_decoded(tmp_path: Path, encode: Any) -> None:
    content = bytes(range(256))
    file = tmp_path / "picture"
    file.write_bytes(content)
    expected = base64.b64encode(content).decode()
    assert encode(str(file)) == encode(file) == expected
    with file.open("rb") as opened:
        assert encode(opened) == expected
    assert util.file_decoder_b64(expected) == util.image_decoder_b64(expected) == content
    with pytest.raises(ValueError, match="no file"):
        encode(str(tmp_path / "nowhere"))
    with pytest.raises(TypeError, match="int"):
        encode(7)


def test_check_batch_result_prints_the_errors(capsys: pytest.CaptureFixture[str]) -> None:
    errors = {"error": [{"message": "no such class"}]}
    util.check_batch_result(None)
    util.check_batch_result([{}, {"result": {"status": "SUCCESS"}}, {"result": {"errors": {}}}])
    assert capsys.readouterr().out == ""
    util.check_batch_result([{"result": {"errors": errors}}])
    assert capsys.readouterr().out == f"{errors}\n"


def test_versions() -> None:
    assert util.parse_version_string("v1.18.2") == util.parse_version_string("1.18.0-rc.1") == (1, 18)
    assert util.parse_version_string("1") == (1, 0)
    for text in ("", "v", "x1.2", "version 1.2"):
        with pytest.raises(ValueError, match="not a version"):
            util.parse_version_string(text)
    assert util.is_weaviate_too_old("v1.15.9")
    assert not util.is_weaviate_too_old("1.16.0")
    assert util.is_weaviate_client_too_old("1.0.0", "1.4.0")
    assert not util.is_weaviate_client_too_old("1.1.0", "1.4.0")
    assert util.is_weaviate_client_too_old("2.9.0", "3.0.0")
    assert not util.is_weaviate_client_too_old("nightly", "1.4.0")


def test_newlines_become_spaces() -> None:
    assert util.strip_newlines("one\ntwo\n") == "one two "
