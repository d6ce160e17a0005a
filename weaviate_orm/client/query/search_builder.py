"""The methods that ``get`` and ``aggregate`` share: the filter, the tenant, and the searches."""

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


class SearchBuilder(Builder):
    """A query over a class.

    The methods raise QueryError or UnknownNameError for invalid arguments, and BuilderError for a second vector search.
    """

    ORDER: ClassVar[tuple[str, ...]]
    """The names of the arguments, in the order in which they are printed."""

    def __init__(self, class_name: str, transport: Transport) -> None:
        super().__init__(transport)
        self._class_name = capitalize_first_letter(check_name(checks.text("a class name", class_name)))
        self._arguments_by_name: dict[str, Argument] = {}

    def _with(self, argument: Argument) -> Self:
        self._arguments_by_name[argument.name] = argument
        return self

    def _with_near(self, argument: Argument) -> Self:
        present = next((name for name in NEAR if name in self._arguments_by_name), None)
        if present is not None:
            raise BuilderError(
                f"a query has only one vector search: it has {present} already, so {argument.name} cannot be added"
            )
        return self._with(argument)

    def _arguments(self) -> tuple[Argument, ...]:
        return tuple(self._arguments_by_name[name] for name in self.ORDER if name in self._arguments_by_name)

    def with_where(self, content: Mapping[str, Any]) -> Self:
        """Return only objects that match a filter.

        The filter is ``{"path": […], "operator": "Equal", "valueText": "…"}``, or ``{"operator": "And", "operands":
        [filters]}``, with ``And``, ``Or`` or ``Not``. A path may follow references, ``["inPublication", "Publication",
        "name"]``, or be ``["id"]``, ``["_creationTimeUnix"]``, ``["len(title)"]``. The key of the value is
        ``valueText``, ``valueInt``, ``valueNumber``, ``valueBoolean``, ``valueDate`` (a datetime with a timezone, or
        RFC 3339 text) or ``valueGeoRange``. ``ContainsAny``, ``ContainsAll`` and ``ContainsNone`` take lists of values.
        """
        return self._with(where_argument(content))

    def with_tenant(self, tenant: str) -> Self:
        """Query this tenant of a multi-tenant class."""
        return self._with(Argument("tenant", checks.text("a tenant", tenant), end=""))

    def with_near_text(self, content: Mapping[str, Any]) -> Self:
        """Search by the meaning of ``{"concepts": […]}``.

        Further keys are ``certainty`` (0 to 1) or ``distance``, ``moveTo`` and ``moveAwayFrom`` (``{"force": 0 to 1,
        "concepts": […], "objects": [{"id": "…"}]}``), ``autocorrect``, and ``targetVectors`` or ``targets``.
        In all vector searches ``targets`` is ``{"targetVectors": […], "combinationMethod": "minimum", "average", "sum",
        "manualWeights" or "relativeScore", "weights": {name: weight}}``.
        """
        return self._with_near(near_text(content))

    def with_near_vector(self, content: Mapping[str, Any]) -> Self:
        """Search by a vector: ``{"vector": numbers}``, or ``{"vectorPerTarget": {name: numbers}}``.

        Further keys are ``certainty`` or ``distance``, and ``targetVectors`` or ``targets``. Numbers are a list, a
        numpy array or a tensor; a list of lists is a multi-vector.
        """
        return self._with_near(near_vector(content))

    def with_near_object(self, content: Mapping[str, Any]) -> Self:
        """Search by an object's vector: ``{"id": uuid}`` or ``{"beacon": "weaviate://…"}``.

        Further keys are ``certainty`` or ``distance``, and ``targetVectors`` or ``targets``.
        """
        return self._with_near(near_object(content))

    def with_near_image(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """Search by an image: ``{"image": path or open binary file}``, or base64 with ``encode=False``.

        Further keys are ``certainty`` or ``distance``, and ``targetVectors`` or ``targets``.
        """
        return self._with_near(near_media("image", content, encode))

    def with_near_audio(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """Search by a sound, ``{"audio": …}``; see :meth:`with_near_image`."""
        return self._with_near(near_media("audio", content, encode))

    def with_near_video(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """Search by a video, ``{"video": …}``; see :meth:`with_near_image`."""
        return self._with_near(near_media("video", content, encode))

    def with_near_depth(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """Search by a depth image, ``{"depth": …}``; see :meth:`with_near_image`."""
        return self._with_near(near_media("depth", content, encode))

    def with_near_thermal(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """Search by a thermal image, ``{"thermal": …}``; see :meth:`with_near_image`."""
        return self._with_near(near_media("thermal", content, encode))

    def with_near_imu(self, content: Mapping[str, Any], encode: bool = True) -> Self:
        """Search by data of an inertial measurement unit, ``{"imu": …}``; see :meth:`with_near_image`."""
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
        """Search by keywords and by a vector together.

        Args:
            query: the keywords, which are also vectorized unless ``vector`` or ``searches`` is given.
            alpha: the weight of the vector search, from 0, keywords only, to 1, vector only; the server's default is
                0.75.
            vector: the vector to compare with.
            properties: the properties to search for keywords; ``title^2`` counts double. All of them by default.
            fusion_type: how the two rankings are combined.
            target_vectors: the named vectors to compare.
            targets: the named vectors, and how to combine them; see :meth:`with_near_text`.
            bm25_search_operator: ``{"operator": "And"}``, all keywords must match, or ``{"operator": "Or",
                "minimumOrTokensMatch": 2}``.
            max_vector_distance: the vector search ignores objects with a larger distance.
            searches: in place of ``vector``, one ``{"nearText": …}`` or ``{"nearVector": …}``.

        The server takes ``fusion_type`` and ``targets`` only in a get, not in an aggregate.
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
