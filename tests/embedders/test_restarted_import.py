"""An import with an embedder that is killed and started again: nothing is lost, and only a step embedded twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from weaviate_orm import Client, Field, Model, Session, create_all
from weaviate_orm.testing import Server

SCRIPT = """
import os, sys, time
import pandas
from weaviate_orm import AuthApiKey, Client, Field, Model, Session
from weaviate_orm.embedders import Embedder, WordLlama

url, name, log, journal, count, end = sys.argv[1:5] + [int(number) for number in sys.argv[5:]]
key = os.environ.get("EMBEDDERS_KEY")

class Logged(WordLlama):
    batch_size = 50

    def embed_documents(self, texts, /):
        with open(log, "a") as file:
            print(*texts, sep="\\n", file=file, flush=True)
        if end and int(texts[-1].partition("-")[2]) >= end:
            time.sleep(600)  # until it is killed, however late the test sees how far it has come
        return super().embed_documents(texts)

class Row(Model):
    text: Field[str]

    class Meta:
        pass

    Meta.name = name
    Meta.key = "text"
    Meta.vectorizer = Embedder(Logged(), vectorize_class_name=False)

frame = pandas.DataFrame({"text": [f"row-{number}" for number in range(count)]})
with Client(url, AuthApiKey(key) if key else None) as client, Session(client, batch_size=100, workers=2) as session:
    session.bulk_insert(Row.from_pandas(frame), progress=True, journal=journal)
"""


@pytest.mark.parametrize("count", [1_000, pytest.param(20_000, marks=pytest.mark.heavy)])
def test_an_import_that_is_killed_goes_on(
    count: int, server: Server, client: Client, unique: str, seed: int, tmp_path: Path
) -> None:
    class Row(Model):
        text: Field[str]

        class Meta:
            name = f"{unique}Row"

    create_all(client, [Row])
    log, journal, script = tmp_path / "texts", tmp_path / "journal", tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), server.url, f"{unique}Row", str(log), str(journal), str(count)]
    environment = {**os.environ, "EMBEDDERS_KEY": server.api_key or ""}

    def embedded() -> list[str]:
        return log.read_text().split() if log.exists() else []

    moment = random.Random(seed).randrange(count // 4, count * 3 // 4)
    killed = subprocess.Popen([*command, str(count * 7 // 8)], env=environment, stderr=subprocess.DEVNULL)
    while len(embedded()) < moment and killed.poll() is None:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    before = embedded()
    subprocess.run([*command, "0"], env=environment, check=True, stderr=subprocess.DEVNULL)
    with Session(client) as session:
        assert session.query(Row).count() == count
    twice = [text for text, times in Counter(embedded()).items() if times > 1]
    assert len(before) >= moment
    assert set(twice) <= set(before[-200:])  # those of the step that was under way
    assert len({*embedded()}) == count
