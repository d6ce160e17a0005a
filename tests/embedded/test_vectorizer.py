"""The vectorizer service, as a process: the contract of text2vec-transformers, and a sense of meaning."""

from __future__ import annotations

import math
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from weaviate_orm.embedded import vectorizer
from weaviate_orm.embedded.environment import inherited_environment
from weaviate_orm.embedded.extras import require
from weaviate_orm.embedders.wordllama_model import MOST_CHARACTERS
from weaviate_orm.exceptions import EmbeddedServerError

pytestmark = pytest.mark.slow  # it starts the vectorizer's process

SECRET = "only Weaviate knows"
OWN = (vectorizer.USER, SECRET)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, "-I", vectorizer.PROGRAM, str(listener.fileno()), *filter(None, sys.path)]
        environment = {**inherited_environment(), vectorizer.SECRET_VARIABLE: SECRET}
        process = subprocess.Popen(command, pass_fds=[listener.fileno()], env=environment)
    with process:
        yield address
        process.terminate()


def vector(url: str, text: str) -> list[float]:
    body = {"text": text, "config": {"pooling_strategy": "masked_mean", "task_type": "passage"}}
    answer = requests.post(f"{url}/vectors", json=body, auth=OWN, timeout=60)
    answer.raise_for_status()
    found = answer.json()
    assert found["text"] == text[:MOST_CHARACTERS]
    assert found["dims"] == len(found["vector"]) == 256
    return list(found["vector"])


def similarity(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_ready_and_meta(url: str) -> None:
    assert requests.get(f"{url}/.well-known/ready", auth=OWN, timeout=60).ok
    assert requests.get(f"{url}/meta", auth=OWN, timeout=60).json() == {"model": "wordllama", "dims": 256}


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
    answer = requests.post(f"{url}/vectors", data=body, auth=OWN, timeout=60)
    assert answer.status_code == 422
    assert '"text"' in answer.json()["error"]


@pytest.mark.parametrize("auth", [None, (vectorizer.USER, ""), (vectorizer.USER, "ärger"), ("other", SECRET)])
@pytest.mark.parametrize("path", ["/vectors", "/meta", "/.well-known/ready", "/.well-known/live", "/"])
def test_without_the_secret_nothing_is_answered(url: str, path: str, auth: tuple[str, str] | None) -> None:
    for answer in (requests.get(url + path, auth=auth, timeout=60), requests.post(url + path, auth=auth, timeout=60)):
        assert answer.status_code == 401
        assert set(answer.json()) == {"error"}


def test_the_body_of_a_stranger_is_not_read(url: str) -> None:
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"POST /vectors HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n{")
        answer = b""
        while part := connection.recv(4096):  # until the service closes it
            answer += part
    assert answer.startswith(b"HTTP/1.1 401 ")


def test_so_much_of_a_text_is_read_as_the_model_reads(url: str) -> None:
    read = "cat " * (MOST_CHARACTERS // 4)
    assert vector(url, read + "car " * 5_000_000) == vector(url, read) != vector(url, read[:-8] + "car car ")


def test_a_body_without_end_is_refused(url: str) -> None:
    def parts() -> Iterator[bytes]:
        sent = 0
        while sent < 2 * vectorizer.MOST_BYTES:
            yield b" " * 2**20
            sent += 2**20

    try:
        answer = requests.post(f"{url}/vectors", data=parts(), auth=OWN, timeout=60)
    except requests.ConnectionError:  # it was closed while more was sent
        pass
    else:
        assert answer.status_code == 413
    assert vector(url, "cat")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_for_a_large_text_is_a_few_times_its_size(url: str) -> None:
    children = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    [process] = [child for child in children if vectorizer.PROGRAM in child.cmdline()]
    vector(url, "a" * 60_000_000)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    assert peak is not None
    assert int(peak[1]) < 700_000  # the interpreter, the model, and the largest body that is refused


def test_other_paths_are_not_found(url: str) -> None:
    answer = requests.get(f"{url}/vectors", auth=OWN, timeout=60)
    assert answer.status_code == 404
    assert "GET /vectors" in answer.json()["error"]


def test_a_missing_package_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(EmbeddedServerError, match=r'no_such_package: pip install "weaviate-mapper\[embedded\]"'):
        require("json", "no_such_package")


def test_the_model_needs_no_code_of_wordllama() -> None:
    script = (
        "import sys, weaviate_orm.embedders as e; e.WordLlama().embed_queries('a'); print('wordllama' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = "uvicorn wordllama numpy safetensors tokenizers filelock platformdirs"
    script = f"import sys, weaviate_orm.embedded; print(sorted(set({heavy.split()}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
