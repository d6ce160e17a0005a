"""The calls that ``get`` and ``aggregate`` share: the filter, the tenant, the limit, and the searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import Self

from weaviate_orm.client.query import checks
from weaviate_orm.client.query.builder import Builder
from weaviate_orm.client.query.keywords import hybrid
from weaviate_orm.client.query.near import near_media, near_object, near_text, near_vector
from weaviate_orm.client.query.where import where_argument
from weaviate_orm.exceptions import BuilderError
from weaviate_orm.graphql.document import Argument
from weaviate_orm.graphql.literals import check_name
from weaviate_orm.http.transport import Transport
from weaviate_orm.types import HybridFusion
from weaviate_orm.util import capitalize_first_letter

NEAR = (
    *("nearText", "nearVector", "nearObject"),
    *("nearImage", "nearAudio", "nearVideo", "nearThermal", "nearDepth", "nearIMU"),
    "ask",
)


class SearchingBuilder(Builder):
    """A query over one class. Each ``with_…`` raises QueryError, or UnknownNameError, for what cannot be asked;
    BuilderError for a second search by a vector."""

    ORDER: ClassVar[tuple[str, ...]]
    """The arguments in the order in which they are printed."""

    def __init__(self, class_name: str, transport: Transport) -> None:
        super().__init__(transport)
        self._class_name = capitalize_first_letter(check_name(checks.text("a class name", class_name)))
        self._given: dict[str, Argument] = {}

    def _with(self, argument: Argument) -> Self:
        self._given[argument.name] = argument
        return self

    def _with_near(self, argument: Argument) -> Self:
        before = next((name for name in NEAR if name in self._given), None)
        if before is not None:
            raise BuilderError(
                f"a query searches by one vector: it has {before} already, and {argument.name} cannot join"
            )
        return self._with(argument)

    def _arguments(self) -> tuple[Argument, ...]:
        return tuple(self._given[name] for name in self.ORDER if name in self._given)

    def with_where(self, content: Mapping[str, Any]) -> Self:
        """Only objects that pass a filter.

        The filter is ``{"path": […], "operator": "Equal", "valueText": "…"}``, or ``{"operator": "And", "operands":
        [filters]}``, with ``And``, ``Or`` or ``Not``. A path may follow references, ``["inPublication", "Publication",
        "name"]``, or be ``["id"]``, ``["_creationTimeUnix"]``, ``["len(title)"]``. Values stand under ``valueText``,
        ``valueInt``, ``valueNumber``, ``valueBoolean``, ``valueDate`` (a datetime with its zone, or RFC 3339 text) or
        ``valueGeoRange``; ``ContainsAny``, ``ContainsAll`` and ``ContainsNone`` take lists of them.
        """
        return self._with(where_argument(content))

    def with_tenant(self, tenant: str) -> Self:
        """Of this tenant of a multi-tenant class."""
        return self._with(Argument("tenant", checks.text("a tenant", tenant), end=""))

    def with_near_text(self, content: Mapping[str, Any]) -> Self:
        """By meaning: ``{"concepts": […]}``, and ``certainty`` (0 to 1) or ``distance``, ``moveTo`` and
        ``moveAwayFrom`` (``{"force": 0 to 1, "concepts": […], "objects": [{"id": "…"}]}``), ``autocorrect``,
        ``targetVectors`` or ``targets``.

        ``targets`` is ``{"targetVectors": […], "combinationMethod": "minimum", "average", "sum", "manualWeights" or
        "relativeScore", "weights": {name: weight}}``, in each of the vector searches.
        """
        return self._with_near(near_text(content))

    def with_near_vector(self, content: Mapping[str, Any]) -> Self:
        """By a vector: ``{"vector": numbers}``, or ``{"vectorPerTarget": {name: numbers}}``, and ``certainty`` or
        ``distance``, ``targetVectors`` or ``targets``.

        Numbers are a list, a numpy array or a tensor; a list of lists is a multi-vector.
        """
        return self._with_near(near_vector(content))

    def with_near_object(self, content: Mapping[str, Any]) -> Self:
        """By an object's vector: ``{"id": uuid}`` or ``{"beacon": "weaviate://…"}``, and the keys of a near_vector."""
        return self._with_near(near_object(content))

    def with_near_image(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """By an image: ``{"image": path or open binary file}``, or base64 with ``encode=False``; and ``certainty`` or
        ``distance``, ``targetVectors`` or ``targets``."""
        return self._with_near(near_media("image", content, encode))

    def with_near_audio(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """By a sound, ``{"audio": …}``; as :meth:`with_near_image`."""
        return self._with_near(near_media("audio", content, encode))

    def with_near_video(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """By a film, ``{"video": …}``; as :meth:`with_near_image`."""
        return self._with_near(near_media("video", content, encode))

    def with_near_depth(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """By a depth image, ``{"depth": …}``; as :meth:`with_near_image`."""
        return self._with_near(near_media("depth", content, encode))

    def with_near_thermal(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """By a thermal image, ``{"thermal": …}``; as :meth:`with_near_image`."""
        return self._with_near(near_media("thermal", content, encode))

    def with_near_imu(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """By the record of an inertial unit, ``{"imu": …}``; as :meth:`with_near_image`."""
        return self._with_near(near_media("imu", content, encode))

    def with_hybrid(
        self,
        query: str,
        alpha: float | None = None,
        vector: Any = None,
        properties: Sequence[str] | None = None,
        fusion_type: HybridFusion | str | None = None,
        *,
        target_vectors: str | Sequence[str] | None = None,
        targets: Mapping[str, Any] | None = None,
        bm25_search_operator: Mapping[str, Any] | None = None,
        max_vector_distance: float | None = None,
        searches: Sequence[Mapping[str, Any]] | None = None,
    ) -> Self:
        """By words and by a vector together.

        Args:
            query: the words; the vectorizer makes their vector, unless one is given.
            alpha: from 0, words only, to 1, vector only; the server's default is 0.75.
            vector: the vector to compare with.
            properties: where the words are looked for; ``title^2`` counts double. All of them by default.
            fusion_type: how the two rankings are joined.
            target_vectors: the named vectors that are compared.
            targets: the same, and how they are combined; see :meth:`with_near_text`.
            bm25_search_operator: ``{"operator": "And"}``, all words must be there, or ``{"operator": "Or",
                "minimumOrTokensMatch": 2}``.
            max_vector_distance: objects farther away are left out of the search by vector.
            searches: in place of ``vector``, one ``{"nearText": …}`` or ``{"nearVector": …}``.

        The server takes ``fusion_type`` and ``targets`` in a get only, not in an aggregate.
        """
        extras = {
            "targetVectors": target_vectors,
            "targets": targets,
            "bm25SearchOperator": bm25_search_operator,
            "maxVectorDistance": max_vector_distance,
            "searches": searches,
        }
        argument = hybrid(
            query, alpha=alpha, vector_=vector, properties=properties, fusion_type=fusion_type, extras=extras
        )
        return self._with(argument)
