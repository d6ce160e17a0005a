"""The messages of a search (``grpc/proto/v1/search_get.proto`` of the server, and what it includes)."""

from __future__ import annotations

from functools import cache
from typing import Any

from weaviate_orm.http.protobuf import Messages, declare_messages
from weaviate_orm.query.grpc.boost_messages import BOOSTS
from weaviate_orm.query.grpc.generative_messages import GENERATION

FILTERS: Messages = {
    "TextArray": (("values", 1, "repeated string"),),
    "IntArray": (("values", 1, "repeated int64"),),
    "NumberArray": (("values", 1, "repeated double"),),
    "BooleanArray": (("values", 1, "repeated bool"),),
    "GeoRange": (("latitude", 1, "float"), ("longitude", 2, "float"), ("distance", 3, "float")),
    "Step": (("on", 1, "string"), ("target", 2, "Target"), ("collection", 3, "string")),
    "Target": (("property", 1, "target string"), ("reference", 3, "target Step")),
    "Filters": (
        ("operator", 1, "int32"),
        ("operands", 3, "repeated Filters"),
        ("text", 4, "value string"),
        ("int", 5, "value int64"),
        ("boolean", 6, "value bool"),
        ("number", 7, "value double"),
        ("text_array", 9, "value TextArray"),
        ("int_array", 10, "value IntArray"),
        ("boolean_array", 11, "value BooleanArray"),
        ("number_array", 12, "value NumberArray"),
        ("geo", 13, "value GeoRange"),
        ("target", 20, "Target"),
    ),
}

_BOUND = (("certainty", 2, "optional double"), ("distance", 3, "optional double"))

SEARCHES: Messages = {
    "Vector": (("name", 1, "string"), ("content", 3, "bytes"), ("type", 4, "int32")),
    "Weight": (("target", 1, "string"), ("weight", 2, "float")),
    "Targets": (
        ("names", 1, "repeated string"),
        ("combination", 2, "int32"),
        ("weights", 4, "repeated Weight"),
    ),
    "MarginalRelevance": (("limit", 1, "optional uint32"), ("balance", 2, "optional float")),
    "Diversity": (("mmr", 1, "selection MarginalRelevance"),),
    "VectorsOfTarget": (("name", 1, "string"), ("vectors", 3, "repeated Vector")),
    "WordOperator": (("operator", 1, "int32"), ("minimum_match", 2, "optional int32")),
    "NearVector": (
        *_BOUND,
        ("targets", 6, "Targets"),
        ("of_targets", 8, "repeated VectorsOfTarget"),
        ("vectors", 9, "repeated Vector"),
        ("diversity", 10, "Diversity"),
    ),
    # of an object its id, of a picture or a sound the base64
    "Near": (("content", 1, "string"), *_BOUND, ("targets", 5, "Targets"), ("diversity", 6, "Diversity")),
    "Move": (("force", 1, "float"), ("concepts", 2, "repeated string"), ("uuids", 3, "repeated string")),
    "NearText": (
        ("query", 1, "repeated string"),
        *_BOUND,
        ("move_to", 4, "Move"),
        ("move_away", 5, "Move"),
        ("targets", 7, "Targets"),
        ("diversity", 8, "Diversity"),
    ),
    "Keywords": (("query", 1, "string"), ("properties", 2, "repeated string"), ("operator", 3, "WordOperator")),
    "Hybrid": (
        ("query", 1, "string"),
        ("properties", 2, "repeated string"),
        ("alpha_of_old", 4, "float"),  # read before Weaviate 1.36
        ("fusion_type", 5, "int32"),
        ("near_text", 8, "NearText"),
        ("near_vector", 9, "NearVector"),
        ("targets", 10, "Targets"),
        ("operator", 11, "WordOperator"),
        ("alpha", 12, "optional float"),
        ("has_alpha", 13, "bool"),
        ("diversity", 14, "Diversity"),
        ("max_vector_distance", 20, "optional float"),
        ("vectors", 21, "repeated Vector"),
    ),
}

_REQUEST: Messages = {
    "Nested": (
        ("name", 1, "string"),
        ("scalars", 2, "repeated string"),
        ("nested", 3, "repeated Nested"),
    ),
    "Referred": (
        ("name", 1, "string"),
        ("selection", 2, "Selection"),
        ("metadata", 3, "Metadata"),
        ("collection", 4, "string"),
    ),
    "Selection": (
        ("scalars", 1, "repeated string"),
        ("references", 2, "repeated Referred"),
        ("nested", 3, "repeated Nested"),
    ),
    "Metadata": (
        ("id", 1, "bool"),
        ("vector", 2, "bool"),
        ("created_at", 3, "bool"),
        ("updated_at", 4, "bool"),
        ("distance", 5, "bool"),
        ("certainty", 6, "bool"),
        ("score", 7, "bool"),
        ("explain_score", 8, "bool"),
        ("is_consistent", 9, "bool"),
        ("vectors", 10, "repeated string"),
        ("query_profile", 11, "bool"),
    ),
    "Order": (("ascending", 1, "bool"), ("path", 2, "repeated string")),
    "Rerank": (("property", 1, "string"), ("query", 2, "optional string")),
    "GroupBy": (("path", 1, "repeated string"), ("groups", 2, "int32"), ("objects_per_group", 3, "int32")),
    "Request": (
        ("collection", 1, "string"),
        ("tenant", 10, "string"),
        ("consistency_level", 11, "optional int32"),
        ("selection", 20, "Selection"),
        ("metadata", 21, "Metadata"),
        ("group_by", 22, "GroupBy"),
        ("limit", 30, "uint32"),
        ("offset", 31, "uint32"),
        ("autocut", 32, "uint32"),
        ("after", 33, "string"),
        ("order", 34, "repeated Order"),
        ("filters", 40, "Filters"),
        ("hybrid", 41, "Hybrid"),
        ("keywords", 42, "Keywords"),
        ("near_vector", 43, "NearVector"),
        ("near_object", 44, "Near"),
        ("near_text", 45, "NearText"),
        ("near_image", 46, "Near"),
        ("near_audio", 47, "Near"),
        ("near_video", 48, "Near"),
        ("near_depth", 49, "Near"),
        ("near_thermal", 50, "Near"),
        ("near_imu", 51, "Near"),
        ("generation", 60, "Generation"),
        ("rerank", 61, "Rerank"),
        ("boosting", 62, "Boosting"),
        ("is_of_today", 102, "bool"),  # the server's answers are those of its version 1.27 or newer
    ),
}

_VALUES: Messages = {
    "Texts": (("values", 1, "repeated string"),),
    "Booleans": (("values", 1, "repeated bool"),),
    "Packed": (("values", 1, "bytes"),),
    "ObjectList": (("values", 1, "repeated Properties"),),
    "List": (
        ("number", 2, "kind Packed"),
        ("boolean", 3, "kind Booleans"),
        ("object", 4, "kind ObjectList"),
        ("date", 5, "kind Texts"),
        ("uuid", 6, "kind Texts"),
        ("int", 7, "kind Packed"),
        ("text", 8, "kind Texts"),
    ),
    "Geo": (("longitude", 1, "float"), ("latitude", 2, "float")),
    "Phone": (
        ("countryCode", 1, "uint64"),
        ("defaultCountry", 2, "string"),
        ("input", 3, "string"),
        ("internationalFormatted", 4, "string"),
        ("national", 5, "uint64"),
        ("nationalFormatted", 6, "string"),
        ("valid", 7, "bool"),
    ),
    "Value": (
        ("number", 1, "kind double"),
        ("boolean", 3, "kind bool"),
        ("object", 4, "kind Properties"),
        ("list", 5, "kind List"),
        ("date", 6, "kind string"),
        ("uuid", 7, "kind string"),
        ("int", 8, "kind int64"),
        ("geoCoordinates", 9, "kind Geo"),
        ("blob", 10, "kind string"),
        ("phoneNumber", 11, "kind Phone"),
        ("null", 12, "kind int32"),
        ("text", 13, "kind string"),
    ),
    "Properties": (("fields", 1, "map Value"),),
    "ObjectMetadata": (
        ("id", 1, "string"),
        ("created_at", 3, "int64"),
        ("updated_at", 5, "int64"),
        ("distance", 7, "float"),
        ("has_distance", 8, "bool"),
        ("certainty", 9, "float"),
        ("has_certainty", 10, "bool"),
        ("score", 11, "float"),
        ("has_score", 12, "bool"),
        ("explain_score", 13, "string"),
        ("is_consistent", 15, "optional bool"),
        ("vector", 19, "bytes"),
        ("rerank_score", 21, "double"),
        ("has_rerank_score", 22, "bool"),
        ("vectors", 23, "repeated Vector"),
    ),
}

_PROFILE: Messages = {
    "SearchProfile": (("details", 1, "map string"),),
    "ShardProfile": (("name", 1, "string"), ("node", 2, "string"), ("searches", 3, "map SearchProfile")),
    "Profile": (("shards", 1, "repeated ShardProfile"),),
}

_COLUMNS: Messages = {
    "Reply": (
        ("results", 2, "repeated bytes"),
        ("written_of_groups", 3, "string"),  # of a grouped query
        ("groups", 4, "repeated Group"),
        ("written", 5, "WrittenTexts"),
        ("profile", 6, "Profile"),
    ),
    "Group": (
        ("name", 1, "string"),
        ("min_distance", 2, "float"),
        ("max_distance", 3, "float"),
        ("count", 4, "int64"),
        ("results", 5, "repeated bytes"),
        ("written", 7, "Written"),
    ),
    "Results": (("objects", 1, "repeated bytes"), ("metadata", 2, "repeated bytes")),
    "Result": (("written", 3, "WrittenTexts"),),
    # of objects with vectors, which are long: each join would copy them
    "WholeReply": (("results", 2, "repeated Whole"), ("profile", 6, "Profile")),
    "Whole": (("object", 1, "bytes"), ("metadata", 2, "ObjectMetadata")),
    "References": (("references", 2, "repeated Targeted"),),
    "Targeted": (("targets", 1, "repeated bytes"), ("name", 2, "string")),
    "Objects": (("metadata", 4, "repeated bytes"), ("properties", 11, "repeated RawProperties")),
    "RawProperties": (("values", 1, "map bytes"),),
    "Ids": (("ids", 1, "repeated string"),),
    "Values": (
        ("number", 1, "repeated double"),
        ("boolean", 3, "repeated bool"),
        ("list", 5, "repeated List"),
        ("date", 6, "repeated string"),
        ("uuid", 7, "repeated string"),
        ("int", 8, "repeated int64"),
        ("blob", 10, "repeated string"),
        ("text", 13, "repeated string"),
    ),
}
"""The reply by columns. Messages of one kind that are joined are one message, of which each field is repeated: so the
ids of all objects, and all values of a property, are read at once, without a Python object for each message."""


@cache
def search_messages() -> dict[str, Any]:
    """Return the classes of the messages by name."""
    messages = {**FILTERS, **SEARCHES, **GENERATION, **BOOSTS, **_REQUEST, **_VALUES, **_PROFILE, **_COLUMNS}
    return declare_messages("search", messages)
