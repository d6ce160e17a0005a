"""The identity map: objects are found as long as somebody holds them, and what is gone takes no memory."""

from __future__ import annotations

import tracemalloc

import pytest

from weaviate_orm.session.identity_map import WeakObjects


class Thing:
    """What a weak reference may lead to."""


@pytest.mark.slow
def test_what_is_gone_takes_no_memory() -> None:
    identities = WeakObjects[str]()
    kept = {str(number): Thing() for number in range(0, 100_000, 1000)}
    tracemalloc.start()
    try:
        for number in range(100_000):
            identities.put(str(number), kept.get(str(number)) or Thing())
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 1_000_000  # all references would be ten times that
    assert {identities.get(id) for id in kept} == set(kept.values())
    assert set(identities) == set(kept.values())


def test_an_id_is_found_until_its_object_goes() -> None:
    identities = WeakObjects[str]()
    first, second = Thing(), Thing()
    identities.put("a", first)
    identities.put("b", second)
    assert (identities.get("a"), identities.get("c")) == (first, None)
    identities.remove("b", first)
    assert identities.get("b") is second  # another one took the id
    identities.remove("b", second)
    del first
    assert (identities.get("a"), identities.get("b"), list(identities)) == (None, None, [])
    identities.put("a", second)
    assert identities.get("a") is second
