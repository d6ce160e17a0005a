"""The vectorizer service, as a process: the contract of text2vec-transformers, and a sense of meaning."""

from __future__ import annotations

import math
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from weaviate_orm.embedded import vectorizer
from weaviate_orm.embedded.extras import require
from weaviate_orm.exceptions import EmbeddedServerError


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-m", vectorizer.__name__, str(listener.fileno())]
        process = subprocess.Popen(command, pass_fds=[listener.fileno()])
    with process:
        yield address
        process.terminate()


def vector(url: str, text: str) -> list[float]:
    body = {"text": text, "config": {"pooling_strategy": "masked_mean", "task_type": "passage"}}
    answer = requests.post(f"{url}/vectors", json=body, timeout=60)
    answer.raise_for_status()
    found = answer.json()
    assert found["text"] == text
    assert found["dims"] == len(found["vector"]) == 256
    return list(found["vector"])


def similarity(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_ready_and_meta(url: str) -> None:
    assert requests.get(f"{url}/.well-known/ready", timeout=60).ok
    assert requests.get(f"{url}/meta", timeout=60).json() == {"model": "wordllama", "dims": 256}


def test_a_cat_is_nearer_to_a_kitten_than_to_a_car(url: str) -> None:
    cat, kitten, car = (vector(url, text) for text in ("cat", "kitten", "car"))
    assert similarity(cat, kitten) > similarity(cat, car) + 0.2


@pytest.mark.parametrize("text", ["a", "日本語 — ärger 😀", "long " * 20_000])
def test_any_text_has_a_vector_of_length_one(url: str, text: str) -> None:
    assert math.sqrt(similarity(vector(url, text), vector(url, text))) == pytest.approx(1, abs=1e-4)


def test_an_empty_text_has_a_vector_without_direction(url: str) -> None:
    assert set(vector(url, "")) == {0.0}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"text": 1}', b'"text"', b"\xff"])
def test_what_is_no_request_is_refused(url: str, body: bytes) -> None:
    answer = requests.post(f"{url}/vectors", data=body, timeout=60)
    assert answer.status_code == 422
    assert '"text"' in answer.json()["error"]


def test_other_paths_are_not_found(url: str) -> None:
    answer = requests.get(f"{url}/vectors", timeout=60)
    assert answer.status_code == 404
    assert "GET /vectors" in answer.json()["error"]


def test_a_missing_package_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(EmbeddedServerError, match=r'no_such_package: pip install "weaviate-mapper\[embedded\]"'):
        require("json", "no_such_package")


def test_the_model_needs_no_code_of_wordllama() -> None:
    script = "import sys, weaviate_orm.embedded.vectorizer as v; v.load(); print('wordllama' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "uvicorn wordllama numpy safetensors tokenizers filelock platformdirs"
    script = f"import sys, weaviate_orm.embedded; print(sorted(set({heavy.split()}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
