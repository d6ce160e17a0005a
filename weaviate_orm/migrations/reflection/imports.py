"""The imports of a module that is being written."""

from __future__ import annotations

from collections import defaultdict

import attrs

from weaviate_orm.migrations.python_source import WIDTH

PUBLIC_NAMES = frozenset(
    {"AsyncReplicationSpec", "BM25", "Field", "GeoCoordinates", "Generative", "Img2Vec", "IndexSpec"}
    | {"InvertedIndexSpec", "Model", "Module", "MultiTenancySpec", "Multi2MultiVec", "Multi2Vec", "ObjectTTLSpec"}
    | {"PhoneNumber", "Ref", "Ref2Vec", "ReplicationSpec", "Reranker", "ShardingSpec", "Stopwords", "Text2MultiVec"}
    | {"Text2Vec", "TextAnalyzer", "TokenizerUserDict", "UUID", "Vector"}
)
"""Names that the module may import, so that no class of its own can have them."""

_STANDARD = ("datetime", "uuid")


@attrs.define
class Imports:
    """Collects the names that a module uses."""

    _names: defaultdict[str, set[str]] = attrs.field(factory=lambda: defaultdict(set))

    def use(self, module: str, name: str) -> str:
        """Import a name, and return it."""
        self._names[module].add(name)
        return name

    def use_attrs(self) -> None:
        """Import attrs."""
        self._names["attrs"].clear()

    def lines(self) -> list[str]:
        """Return the import statements, in the order of isort."""
        standard = [line for module in sorted(self._names) if module in _STANDARD for line in self._from(module)]
        third = ["import attrs"] if "attrs" in self._names else []
        third += [
            line
            for module in sorted(self._names)
            if module not in _STANDARD and module != "attrs"
            for line in self._from(module)
        ]
        blocks = [block for block in (["from __future__ import annotations"], standard, third) if block]
        return [line for block in blocks for line in ("", *block)][1:]

    def _from(self, module: str) -> list[str]:
        names = sorted(self._names[module], key=_isort_key)
        line = f"from {module} import {', '.join(names)}"
        if len(line) <= WIDTH:
            return [line]
        return [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def _isort_key(name: str) -> tuple[int, str]:
    """Sort constants before classes before functions."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name
