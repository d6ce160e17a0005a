"""What is reached along edges. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def reachable(starts: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Return the nodes that edges lead to, from nodes that are included.

    >>> sorted(reachable(["b"], {"a": ["b"], "b": ["c"]}))
    ['b', 'c']
    """
    reached: set[str] = set()
    waiting = [*starts]
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += edges.get(node, ())
    return reached
