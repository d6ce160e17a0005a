"""Values that Weaviate has and Python lacks, and the names of JSON's shapes."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Union

import attrs

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

JSON: TypeAlias = "Union[None, bool, int, float, str, list[Any], dict[str, Any]]"
JSONObject: TypeAlias = "dict[str, Any]"


class ConsistencyLevel(str, Enum):
    """How many replicas must answer before a request counts as done (docs.weaviate.io, "Consistency")."""

    ALL = "ALL"
    ONE = "ONE"
    QUORUM = "QUORUM"


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


@attrs.define
class Tenant:
    """One tenant of a collection: a name of 1 to 64 letters, digits, ``-`` and ``_``, and whether it can be asked.

    Raises ValueError for another name.

    >>> Tenant("acme")
    Tenant(name='acme', activity_status=<TenantActivityStatus.HOT: 'HOT'>)
    """

    name: str = attrs.field()
    activity_status: TenantActivityStatus = attrs.field(
        default=TenantActivityStatus.HOT, converter=TenantActivityStatus
    )

    @name.validator
    def _nameable(self, attribute: attrs.Attribute[str], value: str) -> None:
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value):
            raise ValueError(f"a tenant's name is 1 to 64 letters, digits, '-' and '_'; got {value!r}")


class _NotLoaded(Enum):
    NOT_LOADED = "NOT_LOADED"

    def __repr__(self) -> str:
        return "NOT_LOADED"

    def __bool__(self) -> bool:
        return False


NOT_LOADED: Final = _NotLoaded.NOT_LOADED
"""In place of a value that exists on the server and was not asked for; never the same as None."""


def _in_degrees(limit: float) -> Any:
    def check(instance: object, attribute: attrs.Attribute[float], value: float) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not -limit <= value <= limit:
            raise ValueError(f"{attribute.name} is in degrees, from {-limit:g} to {limit:g}; got {value!r}")

    return check


@attrs.frozen
class GeoCoordinates:
    """A place on Earth, in degrees. The server keeps 32-bit floats (measured on Weaviate 1.39).

    Raises ValueError outside ±90° of latitude and ±180° of longitude: the server takes any number.

    >>> GeoCoordinates(51.51, -0.09)
    GeoCoordinates(latitude=51.51, longitude=-0.09)
    """

    latitude: float = attrs.field(validator=_in_degrees(90))
    longitude: float = attrs.field(validator=_in_degrees(180))


@attrs.frozen
class PhoneNumber:
    """A telephone number as typed; what the server makes of it comes back in the other fields.

    A number that is not international (``+31…``) needs ``default_country``, two letters of ISO 3166-1.

    >>> PhoneNumber("020 1234567", default_country="nl").input
    '020 1234567'
    """

    input: str
    default_country: str | None = None
    international_formatted: str | None = attrs.field(default=None, eq=False)
    national_formatted: str | None = attrs.field(default=None, eq=False)
    country_code: int | None = attrs.field(default=None, eq=False)
    national: int | None = attrs.field(default=None, eq=False)
    valid: bool | None = attrs.field(default=None, eq=False)
