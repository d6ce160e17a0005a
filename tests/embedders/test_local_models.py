"""Models of fastembed and sentence-transformers, made here of WordLlama's weights: nothing is downloaded."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from weaviate_orm import ConfigurationError
from weaviate_orm.embedders import Embedder, FastEmbed, SentenceTransformers, WordLlama
from weaviate_orm.embedders.missing_packages import require_packages
from weaviate_orm.embedders.wordllama_model import TOKENIZER, WEIGHTS

TEXTS = ["a kitten", "the stock market is closed", "ships"]


def wheel() -> Path:
    """The folder of WordLlama's files."""
    spec = importlib.util.find_spec("wordllama")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@pytest.fixture(scope="module")
def onnx_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model for ONNX: a vector for each token, which fastembed pools."""
    onnx: Any = pytest.importorskip("onnx")
    from safetensors.numpy import load_file

    folder = tmp_path_factory.mktemp("onnx")
    (weights,) = load_file(wheel() / WEIGHTS).values()
    helper, types = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["weights", "input_ids"], ["halves"]),
            helper.make_node("Cast", ["halves"], ["last_hidden_state"], to=types.FLOAT),
        ],
        "wordllama",
        [
            helper.make_tensor_value_info(name, types.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("last_hidden_state", types.FLOAT, ["batch", "tokens", 256])],
        [onnx.numpy_helper.from_array(weights.astype("float16"), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "model.onnx")
    tokenizer = json.loads((wheel() / TOKENIZER).read_text())
    tokenizer["post_processor"] = None  # no special tokens, as WordLlama has none
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    padding = {"pad_token": "</s>", "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(padding))
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "</s>"}))
    (folder / "config.json").write_text(json.dumps({"pad_token_id": 2}))
    return folder


def test_fastembed(onnx_folder: Path) -> None:
    fastembed: Any = pytest.importorskip("fastembed")
    description: Any = pytest.importorskip("fastembed.common.model_description")
    fastembed.TextEmbedding.add_custom_model(
        model="tests/wordllama",
        pooling=description.PoolingType.MEAN,
        normalization=True,
        sources=description.ModelSource(hf="tests/wordllama"),
        dim=256,
        model_file="model.onnx",
    )
    embedder = Embedder(FastEmbed("tests/wordllama", specific_model_path=str(onnx_folder)), dimensions=256, cache=None)
    expected = [pytest.approx(vector.tolist(), abs=1e-3) for vector in WordLlama().embed_documents(TEXTS)]
    assert embedder.name == "tests/wordllama"
    assert [vector.tolist() for vector in embedder.queries(TEXTS)] == expected
    assert [vector.tolist() for _, vector in embedder.documents(TEXTS)] == expected


def test_sentence_transformers(tmp_path: Path) -> None:
    sentences: Any = pytest.importorskip("sentence_transformers", reason="not among the packages of tests: gigabytes")
    modules: Any = pytest.importorskip("sentence_transformers.models")
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    tokenizer = json.loads((wheel() / TOKENIZER).read_text())
    tokenizer["post_processor"] = None
    (weights,) = load_file(wheel() / WEIGHTS).values()
    embedding = modules.StaticEmbedding(
        Tokenizer.from_str(json.dumps(tokenizer)), embedding_weights=weights.astype("float32")
    )
    prompts = {"query": "query ", "document": "passage "}
    model = sentences.SentenceTransformer(modules=[embedding, modules.Normalize()], prompts=prompts, device="cpu")
    model.save(str(tmp_path))
    for loaded in (SentenceTransformers(model, name="tiny"), SentenceTransformers(str(tmp_path), device="cpu")):
        embedder = Embedder(loaded, cache=None)
        for prefix, vectors in (
            ("query ", embedder.queries(TEXTS)),
            ("passage ", [vector for _, vector in embedder.documents(TEXTS)]),
        ):
            expected = WordLlama().embed_documents([prefix + text for text in TEXTS])
            assert [vector.tolist() for vector in vectors] == [pytest.approx(v.tolist(), abs=1e-6) for v in expected]


def test_a_missing_package_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(ConfigurationError, match=r'It needs no_such: pip install "weaviate-mapper\[that\]"'):
        require_packages("It", "that", "json", "no_such")
