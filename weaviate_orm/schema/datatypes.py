"""The data types of a property."""

from __future__ import annotations

from enum import Enum


class DataType(str, Enum):
    """A data type, under the name that the server gives it (docs.weaviate.io, "Data types").

    >>> DataType.TEXT_ARRAY.element, DataType.TEXT_ARRAY.is_array
    (<DataType.TEXT: 'text'>, True)
    """

    TEXT = "text"
    TEXT_ARRAY = "text[]"
    INT = "int"
    INT_ARRAY = "int[]"
    NUMBER = "number"
    NUMBER_ARRAY = "number[]"
    BOOLEAN = "boolean"
    BOOLEAN_ARRAY = "boolean[]"
    DATE = "date"
    DATE_ARRAY = "date[]"
    UUID = "uuid"
    UUID_ARRAY = "uuid[]"
    GEO_COORDINATES = "geoCoordinates"
    PHONE_NUMBER = "phoneNumber"
    BLOB = "blob"
    BLOB_HASH = "blobHash"
    OBJECT = "object"
    OBJECT_ARRAY = "object[]"

    def __str__(self) -> str:
        return self.value

    def __format__(self, spec: str) -> str:  # Python 3.10 and 3.12 would differ
        return format(self.value, spec)

    @property
    def is_array(self) -> bool:
        """Whether the property holds a list of values."""
        return self.value.endswith("[]")

    @property
    def element(self) -> DataType:
        """The type of one value: of an array its element's, else the type itself."""
        return DataType(self.value.removesuffix("[]"))
