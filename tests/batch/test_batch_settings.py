"""Settings of the batch as attributes, with the meaning that they have in weaviate-client 3."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.batch.conftest import count
from weaviate_orm import Client, ConfigurationError, ConsistencyLevel, ValidationError
from weaviate_orm.batch.batch_settings import WeaviateErrorRetryConf
from weaviate_orm.testing import recorded_requests
from weaviate_orm.util import check_batch_result


def test_the_defaults_can_be_read(own: Client) -> None:
    batch = own.batch
    assert (batch.batch_size, batch.dynamic, batch.num_workers) == (50, True, 1)
    assert (batch.timeout_retries, batch.connection_error_retries) == (3, 3)
    assert batch.creation_time == 2.0
    assert batch.consistency_level is None
    assert batch.weaviate_error_retries is None
    assert batch.callback is check_batch_result
    assert (batch.recommended_num_objects, batch.recommended_num_references) == (50, 50)


SETTINGS: list[tuple[str, Any]] = [
    ("batch_size", 7),
    ("dynamic", False),
    ("creation_time", 0.5),
    ("timeout_retries", 0),
    ("connection_error_retries", 9),
    ("weaviate_error_retries", WeaviateErrorRetryConf(number_retries=1)),
    ("callback", None),
    ("num_workers", 3),
    ("consistency_level", ConsistencyLevel.ONE),
]


@pytest.mark.parametrize(("name", "value"), SETTINGS)
def test_one_is_set_and_the_others_stay(own: Client, name: str, value: Any) -> None:
    before = own.batch.settings
    setattr(own.batch, name, value)
    assert getattr(own.batch, name) == value
    for other, _ in SETTINGS:
        if other != name:
            assert getattr(own.batch, other) == getattr(before, other)


WRONG: list[tuple[str, Any]] = [
    ("batch_size", 0),
    ("batch_size", -1),
    ("batch_size", 1.5),
    ("batch_size", "5"),
    ("batch_size", True),
    ("dynamic", None),
    ("dynamic", 1),
    ("creation_time", 0),
    ("creation_time", None),
    ("creation_time", "2"),
    ("creation_time", float("nan")),
    ("creation_time", float("inf")),
    ("timeout_retries", -1),
    ("timeout_retries", None),
    ("connection_error_retries", 1.0),
    ("num_workers", 0),
    ("num_workers", None),
    ("consistency_level", "MOST"),
    ("consistency_level", 1),
    ("callback", "print"),
    ("weaviate_error_retries", 3),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_what_cannot_be_is_refused_and_changes_nothing(own: Client, name: str, value: Any) -> None:
    before = own.batch.settings
    for kind in (ConfigurationError, ValueError, TypeError):
        with pytest.raises(kind, match=name):
            setattr(own.batch, name, value)
    if value is not None:  # for configure() it is the default
        with pytest.raises(ConfigurationError, match=name):
            own.batch.configure(**{name: value})
    assert own.batch.settings == before


def test_a_name_that_is_no_setting_is_refused(own: Client) -> None:
    with pytest.raises(AttributeError, match="batchsize"):
        own.batch.batchsize = 5  # type: ignore[attr-defined]


def test_a_fixed_size_is_sent_when_it_is_reached(own: Client, people: str) -> None:
    own.batch.dynamic = False
    own.batch.batch_size = 5
    for number in range(12):
        own.batch.add_data_object({"name": str(number)}, people)
    assert own.batch.shape == (2, 0)
    own.batch.shutdown()  # waits for what is under way
    assert count(own, people) == 10
    own.batch.flush()
    assert count(own, people) == 12


def test_what_is_full_by_a_new_size_is_sent(own: Client, people: str) -> None:
    own.batch.batch_size = None
    assert not own.batch.dynamic
    for number in range(60):
        own.batch.add_data_object({"name": str(number)}, people)
    own.batch.dynamic = True  # without a size there is nothing to be dynamic
    assert not own.batch.dynamic
    assert own.batch.shape == (60, 0)
    own.batch.batch_size = 60
    assert not own.batch.dynamic
    assert own.batch.is_empty_objects()
    own.batch.shutdown()
    assert count(own, people) == 60


def test_a_creation_time_changes_what_is_recommended_in_proportion(own: Client) -> None:
    own.batch.batch_size = 100
    assert own.batch.recommended_num_objects == 50  # as measured so far, or begun with
    own.batch.creation_time = 4
    assert (own.batch.recommended_num_objects, own.batch.recommended_num_references) == (100, 100)
    own.batch.creation_time = 0.001
    assert own.batch.recommended_num_objects == 10  # the least


def test_a_level_is_sent(own: Client, people: str) -> None:
    own.batch.consistency_level = "QUORUM"
    assert own.batch.consistency_level == "QUORUM"
    with recorded_requests(own) as requests, own.batch as batch:
        batch.add_data_object({"name": "one"}, people)
    assert requests[0].params == {"consistency_level": "QUORUM"}


class Tensor:
    """What tensors of TensorFlow have: an array on demand."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = np.array(numbers, dtype="float32")

    def numpy(self) -> Any:
        return self.numbers


class GradientTensor:
    """What tensors of torch with a gradient have: no array before ``detach()`` and ``cpu()``."""

    def __init__(self, numbers: Any, ready: int = 0) -> None:
        self.numbers = np.array(numbers, dtype="float32")
        self.ready = ready

    def detach(self) -> GradientTensor:
        return GradientTensor(self.numbers, self.ready + 1)

    def cpu(self) -> GradientTensor:
        return GradientTensor(self.numbers, self.ready + 1)

    def numpy(self) -> Any:
        if self.ready < 2:
            raise RuntimeError("call detach() first")
        return self.numbers

    def squeeze(self) -> GradientTensor:
        return GradientTensor(self.numbers.squeeze(), self.ready)

    def tolist(self) -> Any:
        return self.numbers.tolist()


class ListOnly:
    """What v3 asked of an array."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers

    def squeeze(self) -> ListOnly:
        return ListOnly(np.array(self.numbers).squeeze().tolist())

    def tolist(self) -> Any:
        return self.numbers


@pytest.mark.parametrize("kind", [np.array, Tensor, GradientTensor, ListOnly])
@pytest.mark.parametrize("numbers", [[1.0, 2.0], [[1.0, 2.0]]])
@pytest.mark.parametrize("named", [False, True])
def test_vectors_of_other_libraries(own: Client, unique: str, kind: Any, numbers: Any, named: bool) -> None:
    vectors: dict[str, Any] = {"vectorConfig": {"a": {"vectorizer": {"none": {}}, "vectorIndexType": "hnsw"}}}
    own.schema.create_class({"class": unique, **(vectors if named else {"vectorizer": "none"})})
    vector = {"a": kind(numbers)} if named else kind(numbers)
    with own.batch as batch:
        ids = [batch.add_data_object({}, unique, vector=vector)]
    assert own.batch.failed_objects == []
    ids.append(own.data_object.create({}, unique, vector=vector))
    ids.append(own.data_object.create({}, unique, vector={"a": [3.0, 4.0]} if named else [3.0, 4.0]))
    own.data_object.replace({}, unique, ids[-1], vector=vector)
    own.data_object.update({}, unique, ids[-1], vector=vector)
    for id in ids:
        stored = own.data_object.get_by_id(id, class_name=unique, with_vector=True)
        assert stored is not None
        assert (stored["vectors"]["a"] if named else stored["vector"]) == [1.0, 2.0]
    near = {"vector": kind(numbers), **({"targetVectors": ["a"]} if named else {})}
    answer = own.query.get(unique).with_near_vector(near).with_additional("id").do()
    assert len(answer["data"]["Get"][unique]) == 3


@pytest.mark.parametrize("vector", ["1.0", 1.0, object(), {1.0, 2.0}, [], [True], np.zeros((2, 2)), np.array([np.nan])])
def test_what_is_no_vector(own: Client, vector: Any) -> None:
    with pytest.raises(ValidationError):
        own.batch.add_data_object({}, "Anything", vector=vector)
    assert own.batch.shape == (0, 0)
