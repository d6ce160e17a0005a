"""``Embedder`` by itself: batches, equal texts, the cache, event loops, and models that are none."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.embedders.counting_models import AsyncModel, CountingModel, WordModel
from tests.forked_child import in_child
from weaviate_orm import ConfigurationError, EmbeddingError, Field, MappingError, Model, Vector, field, vector
from weaviate_orm.embedders import Embedder, WordLlama


def vectors_of(embedder: Embedder, texts: Sequence[str], **options: Any) -> list[Any]:
    """The vectors of texts of objects, in their order."""
    vectors: list[Any] = [None] * len(texts)
    for positions, made in embedder.documents(texts, **options):
        for position in positions:
            vectors[position] = made
    return vectors


def floats(vector: Any) -> list[float]:
    return [float(number) for number in vector]


def test_texts_go_in_batches_and_equal_ones_once() -> None:
    model = CountingModel()
    embedder = Embedder(model, cache=None)
    texts = [*"abcdef", "a", "b"]
    vectors = vectors_of(embedder, texts)
    assert model.documents == [["a", "b", "c", "d"], ["e", "f"]]
    assert list(map(floats, vectors)) == list(map(floats, WordLlama().embed_documents(texts)))
    vectors_of(embedder, texts)
    assert len(model.documents) == 4
    assert list(map(floats, Embedder(model, batch_size=100).queries(texts))) == list(map(floats, vectors))
    assert model.queries == [[*"abcdef"]]
    assert vectors_of(embedder, []) == []


def test_it_says_what_its_model_says() -> None:
    assert repr(Embedder(CountingModel())) == "<Embedder wordllama-l2-supercat-256 dimensions=256>"

    class Plain:
        def embed_documents(self, texts: Sequence[str], /) -> list[list[float]]:
            return [[1.0, 2.0, 3.0] for _ in texts]

        embed_queries = embed_documents

    plain = Embedder(Plain())
    assert (plain.name, plain.dimensions) == ("Plain", None)
    assert Embedder(Plain(), name="v2", dimensions=3).name == "v2"
    assert plain.queries(["a"]) == [[1.0, 2.0, 3.0]]


def test_vectors_of_another_length_than_the_first_are_refused() -> None:
    class Growing:
        length = 2

        def embed_documents(self, texts: Sequence[str], /) -> list[list[float]]:
            self.length += 1
            return [[1.0] * self.length for _ in texts]

        embed_queries = embed_documents

    embedder = Embedder(Growing(), batch_size=1)
    with pytest.raises(
        EmbeddingError, match=r"the embedder Growing returned no such vector.*needs 3 dimensions, got 4"
    ):
        vectors_of(embedder, ["a", "b"])
    with pytest.raises(EmbeddingError, match="needs 7 dimensions"):
        Embedder(Growing(), dimensions=7).queries(["a"])


@pytest.mark.parametrize("place", ["memory", "file"])
def test_a_cache_of_either_kind(tmp_path: Path, place: str) -> None:
    model = CountingModel()
    embedder = Embedder(model, cache=100 if place == "memory" else tmp_path / "deep" / "vectors.sqlite")
    texts = ["a", "ü 猫", "a\0b", ""]
    first = vectors_of(embedder, texts)
    assert list(map(floats, vectors_of(embedder, texts))) == list(map(floats, first))
    assert len(model.documents) == 1
    # queries are others, and so are those of another model, or other dimensions
    embedder.queries(["a"])
    embedder.queries(["a"])
    assert model.queries == [["a"]]
    words = WordModel()
    several = Embedder(words, cache=100 if place == "memory" else tmp_path / "deep" / "vectors.sqlite")
    made = vectors_of(several, ["two words"], several=True)
    assert [*map(floats, vectors_of(several, ["two words"], several=True)[0])] == [*map(floats, made[0])]
    assert words.calls == 1


def test_a_file_is_shared_by_programs_and_threads(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    texts = [f"{number}" for number in range(1_200)]
    vectors_of(Embedder(CountingModel(), batch_size=400, cache=path), texts)

    def read() -> None:
        model = CountingModel()
        vectors_of(Embedder(model, cache=path), texts)
        counts.append(model.calls)

    counts: list[int] = []
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [0, 0, 0, 0]


def test_the_memory_is_bounded() -> None:
    model = CountingModel()
    embedder = Embedder(model, cache=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        vectors_of(embedder, [text])
    assert model.documents == [["a"], ["b"], ["c"], ["b"]]


def test_a_cache_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database of any kind, and long enough to be looked at" * 20)
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigurationError, match=r"cannot be used.*name another file"):
            vectors_of(Embedder(CountingModel(), cache=path), ["a"])
    with pytest.raises(ConfigurationError, match="cache is a number of vectors, the path of a file, or None"):
        Embedder(CountingModel(), cache=True)


def test_an_asynchronous_model_runs_in_one_loop_whoever_calls() -> None:
    model = AsyncModel()
    embedder = Embedder(model, cache=None)
    expected = floats(WordLlama().embed_queries(["a"])[0])
    assert floats(embedder.queries(["a"])[0]) == expected

    async def inside() -> Any:
        return embedder.queries(["a"])[0]

    assert floats(asyncio.run(inside())) == expected
    thread = threading.Thread(target=lambda: vectors_of(embedder, ["a"]))
    thread.start()
    thread.join()
    assert len(model.loops) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_a_forked_child_has_a_loop_of_its_own() -> None:
    embedder = Embedder(AsyncModel())
    expected = floats(embedder.queries(["a"])[0])
    assert in_child(lambda: len(embedder.queries(["b"])[0])) == "256"
    assert floats(Embedder(AsyncModel()).queries(["a"])[0]) == expected


def test_an_asynchronous_model_that_fails() -> None:
    class Failing:
        async def embed_documents(self, texts: Sequence[str], /) -> list[list[float]]:
            raise TimeoutError("too slow")

        embed_queries = embed_documents

    with pytest.raises(EmbeddingError, match="the embedder Failing failed: TimeoutError: too slow") as caught:
        Embedder(Failing()).queries(["a"])
    assert isinstance(caught.value.__cause__, TimeoutError)


def test_what_is_no_model() -> None:
    with pytest.raises(ConfigurationError, match="has the methods embed_documents and embed_queries"):
        Embedder("all-MiniLM-L6-v2")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="batch_size is at least 1"):
        Embedder(CountingModel(), batch_size=0)
    with pytest.raises(MappingError, match=r"wrap it: Embedder\(…\)"):
        vector(vectorizer=CountingModel())  # type: ignore[arg-type]
    with pytest.raises(MappingError, match=r"Wrong\.Meta: 'text2vec-openai' is no vectorizer"):

        class Wrong(Model):
            title: Field[str]

            class Meta:
                vectorizer = "text2vec-openai"

    with pytest.raises(MappingError, match=r"Kept.gist: it is made of 'title', which says vectorize=False"):

        class Kept(Model):
            title: Field[str] = field(vectorize=False)
            gist: Vector = vector(default=None, vectorizer=Embedder(CountingModel()), source_properties=["title"])

        Kept.__mapper__.collection  # noqa: B018
