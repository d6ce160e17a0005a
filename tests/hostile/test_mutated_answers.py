"""Answers that are nearly those of a Weaviate, to every public operation.

Only errors of our tree come out; nothing is taken for stored that the answer does not say; the next good answer works.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.operations import (
    ARTICLES,
    MODELS,
    ONE,
    OPERATIONS,
    Article,
    Recording,
    client_of,
    commit_claims,
    recordings,
)
from tests.scripted_host import Answer, Host, Request, host
from weaviate_orm import Client, Session, StoredValueError, drop_all
from weaviate_orm.exceptions import WeaviateORMError
from weaviate_orm.testing import Server, drop_collections

STATUSES = (200, 201, 204, 206, 301, 304, 400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504)
OTHERS: tuple[Any, ...] = (None, True, 0, -1, 7, 1.5, 10**20, "", "x", "SUCCESS", [], {}, [None], [[]], [{}], {"a": 1})


class Stage:
    """A host that answers what is on its list, and after that an empty object."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    def __call__(self, request: Request) -> Answer:
        return self.answers.pop(0) if self.answers else (200, {}, b"{}")


@pytest.fixture(scope="module")
def recorded(server: Server, client: Client) -> Iterator[dict[str, Recording]]:
    with ExitStack() as started:

        def serve(respond: Callable[[Request], Answer]) -> Host:
            return started.enter_context(host(respond, keeps_connections=True))

        drop_collections(client, "TestHostile")
        yield recordings(server, serve)
        drop_all(client, MODELS)
        drop_collections(client, "TestHostile")


@pytest.fixture(scope="module")
def stage() -> Iterator[tuple[Stage, str]]:
    answering = Stage()
    with host(answering, keeps_connections=True) as running:
        yield answering, running.url


@pytest.fixture(scope="module", autouse=True)
def no_waits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", lambda seconds: None)
        yield


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values inside a value, itself first."""
    yield here
    if isinstance(value, dict):
        for key, held in value.items():
            yield from paths(held, (*here, key))
    elif isinstance(value, list):
        for position, held in enumerate(value):
            yield from paths(held, (*here, position))


def mutated(value: Any, path: tuple[Any, ...], how: str, other: Any) -> Any:
    """A value with one change at one place."""
    if path:
        copy = dict(value) if isinstance(value, dict) else list(value)
        if how == "missing" and len(path) == 1:
            del copy[path[0]]
        elif how == "doubled" and len(path) == 1 and isinstance(copy, list):
            copy.insert(path[0], copy[path[0]])
        else:
            copy[path[0]] = mutated(value[path[0]], path[1:], how, other)
        return copy
    if how == "reordered" and isinstance(value, dict):
        return dict(reversed(value.items()))
    if how == "reordered" and isinstance(value, list):
        return value[::-1]
    return other if how == "retyped" else [value, value] if how == "doubled" else value


@st.composite
def mutations(draw: st.DrawFn, content: bytes, status: int) -> tuple[int, bytes]:
    how = draw(st.sampled_from(["missing", "doubled", "reordered", "retyped", "retyped", "status", "cut", "garbage"]))
    if how == "status":
        return draw(st.sampled_from(STATUSES)), content
    if how == "cut":
        return status, content[: draw(st.integers(0, len(content)))]
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        value = None
    if how == "garbage" or value is None:
        return status, json.dumps(draw(st.sampled_from(OTHERS))).encode()
    path = draw(st.sampled_from(list(paths(value))))
    return status, json.dumps(mutated(value, path, how, draw(st.sampled_from(OTHERS)))).encode()


def run(stage: tuple[Stage, str], client: Client, name: str, answers: tuple[Answer, ...]) -> Any:
    stage[0].answers = [(status, {"Retry-After": "0"}, content) for status, _, content in answers]
    return OPERATIONS[name](client)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_was_recorded_is_what_the_server_says(
    name: str, recorded: dict[str, Recording], stage: tuple[Stage, str]
) -> None:
    recording = recorded[name]
    assert not isinstance(recording.result, type), f"{name} failed: {recording.result}"
    assert recording.answers
    with client_of(stage[1]) as client:
        assert run(stage, client, name, recording.answers) == recording.result


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("examples", [25, pytest.param(1000, marks=[pytest.mark.heavy, pytest.mark.timeout(1200)])])
def test_mutations(name: str, examples: int, recorded: dict[str, Recording], stage: tuple[Stage, str]) -> None:
    recording = recorded[name]

    @settings(max_examples=examples)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        answers = list(recording.answers)
        position = data.draw(st.integers(0, len(answers) - 1))
        status, headers, content = answers[position]
        status, content = data.draw(mutations(content, status))
        answers[position] = status, headers, content
        with client_of(stage[1]) as client:
            commit_claims.clear()
            try:
                result = run(stage, client, name, tuple(answers))
            except WeaviateORMError:
                result = None
            if name == "commit":
                claimed = result if result is not None else (commit_claims or [set()])[0]
                assert claimed <= said(status, content)
            elif name == "batch" and result is not None:
                assert {id for id, outcome in result if outcome == "SUCCESS"} <= said(status, content)
            assert run(stage, client, name, recording.answers) == recording.result

    check()


def said(status: int, content: bytes) -> set[str]:
    """The ids that the answer to a batch says to be stored."""
    if not 200 <= status < 300:
        return set()
    try:
        items = orjson.loads(content)
    except orjson.JSONDecodeError:
        return set()
    if not isinstance(items, list):
        return set()
    stored = set()
    for item in items:
        result = item.get("result") if isinstance(item, dict) else None
        if isinstance(result, dict) and result.get("status") == "SUCCESS" and not result.get("errors"):
            stored.add(str(item.get("id")))
    return stored


@pytest.mark.parametrize("stored", [[None], ["x"], [[1.0], "x"], [{"a": 1}, 0]])
def test_a_vector_that_is_none_is_a_stored_value_that_cannot_be_had(stored: Any, stage: tuple[Stage, str]) -> None:
    row = {
        "_additional": {"id": ONE, "vectors": {"embedding": stored}},
        "title": "a",
        "count": 1,
        "tags": [],
        "places": [],
    }
    body = orjson.dumps({"data": {"Get": {ARTICLES: [row], f"outOfRange{ARTICLES}": []}}})
    stage[0].answers = [(200, {}, body)]
    with client_of(stage[1]) as client, Session(client):
        (article,) = Article.query.with_vector().limit(1).all()
        with pytest.raises(StoredValueError, match="embedding"):
            assert article.embedding
