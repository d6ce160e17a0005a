"""The module needs a container of its own; what is tested is that the server is asked and its answer reported."""

from __future__ import annotations

import pytest

from weaviate_orm.client.client import Client
from weaviate_orm.exceptions import UnexpectedStatusCodeException, ValidationError


def test_a_server_without_the_module_says_so(client: Client) -> None:
    with pytest.raises(UnexpectedStatusCodeException, match="concepts/ice%20cream") as caught:
        client.contextionary.get_concept_vector("ice cream")
    assert caught.value.status_code == 404
    with pytest.raises(UnexpectedStatusCodeException, match="extensions") as caught:
        client.contextionary.extend("weaviate", "a database for vectors", 0.5)
    assert caught.value.status_code == 404


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_is_a_share(client: Client, weight: float) -> None:
    with pytest.raises(ValidationError, match="0 to 1"):
        client.contextionary.extend("weaviate", "a database for vectors", weight)
