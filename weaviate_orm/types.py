"""Values that Weaviate has and Python lacks."""

from __future__ import annotations

import re
from array import array
from enum import Enum
from typing import Any, TypeAlias

import attrs

from weaviate_orm.exceptions import ValidationError

__all__ = [
    "ConsistencyLevel",
    "GeoCoordinates",
    "HybridFusion",
    "JSONObject",
    "PhoneNumber",
    "Tenant",
    "TenantActivityStatus",
]


class ConsistencyLevel(str, Enum):
    """How many replicas must answer before a request counts as done (docs.weaviate.io, "Consistency")."""

    ALL = "ALL"
    ONE = "ONE"
    QUORUM = "QUORUM"


class HybridFusion(str, Enum):
    """How a hybrid search joins its two rankings (docs.weaviate.io, "Hybrid search")."""

    RANKED = "rankedFusion"
    RELATIVE_SCORE = "relativeScoreFusion"


class TenantActivityStatus(str, Enum):
    """Whether a tenant can be asked. The server takes both vocabularies and answers in the older one.

    >>> TenantActivityStatus("INACTIVE") is TenantActivityStatus.COLD
    True
    """

    HOT = "HOT"
    COLD = "COLD"
    FROZEN = "FROZEN"
    FREEZING = "FREEZING"
    UNFREEZING = "UNFREEZING"
    ACTIVE = HOT
    INACTIVE = COLD
    OFFLOADED = FROZEN
    OFFLOADING = FREEZING
    ONLOADING = UNFREEZING

    @classmethod
    def _missing_(cls, value: object) -> TenantActivityStatus | None:
        return cls.__members__.get(str(value))


def _nameable(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
        raise ValidationError(f"a tenant's name is 1 to 64 letters, digits, '-' and '_'; got {value!r}")


@attrs.define
class Tenant:
    """One tenant of a collection: a name of 1 to 64 letters, digits, ``-`` and ``_``, and whether it can be asked.

    Raises ValidationError for another name.

    >>> Tenant("acme")
    Tenant(name='acme', activity_status=<TenantActivityStatus.HOT: 'HOT'>)
    """

    name: str = attrs.field(validator=_nameable)
    activity_status: TenantActivityStatus = attrs.field(
        default=TenantActivityStatus.HOT, converter=TenantActivityStatus
    )


JSONObject: TypeAlias = dict[str, Any]
"""An object of the server's JSON."""


def _in_degrees(limit: float) -> Any:
    def check(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -limit <= value <= limit:
            raise ValidationError(f"{attribute.name} is in degrees, from {-limit:g} to {limit:g}; got {value!r}")

    return check


def _single(value: float) -> float:
    return array("f", (value,))[0]


@attrs.frozen
class GeoCoordinates:
    """A place on Earth, in degrees.

    The server keeps 32-bit floats (measured on Weaviate 1.39); two places are equal when those are.

    Raises ValidationError outside ±90° of latitude and ±180° of longitude: the server takes any number.

    >>> GeoCoordinates(51.51, -0.09)
    GeoCoordinates(latitude=51.51, longitude=-0.09)
    """

    latitude: float = attrs.field(validator=_in_degrees(90), eq=_single)
    longitude: float = attrs.field(validator=_in_degrees(180), eq=_single)


def _upper(country: str | None) -> str | None:
    return country.upper() if country is not None else None  # as the server does


@attrs.frozen
class PhoneNumber:
    """A telephone number as typed; what the server makes of it comes back in the other fields.

    A number that is not international (``+31…``) needs ``default_country``, two letters of ISO 3166-1.

    >>> PhoneNumber("020 1234567", default_country="nl").input
    '020 1234567'
    """

    input: str
    default_country: str | None = attrs.field(default=None, converter=_upper)
    international_formatted: str | None = attrs.field(default=None, eq=False)
    national_formatted: str | None = attrs.field(default=None, eq=False)
    country_code: int | None = attrs.field(default=None, eq=False)
    national: int | None = attrs.field(default=None, eq=False)
    valid: bool | None = attrs.field(default=None, eq=False)
