"""An object mapper for Weaviate: classes are collections, instances are objects, a session keeps the two equal."""

from weaviate_orm import embedded  # registers embedded://
from weaviate_orm._version import __version__
from weaviate_orm.client.client import Client
from weaviate_orm.client.config import Config, ConnectionConfig
from weaviate_orm.client.query import AdditionalProperties, LinkTo
from weaviate_orm.exceptions import (
    ArgumentTypeError,
    AuthenticationError,
    BackupFailedError,
    BuilderError,
    ChecksumError,
    ConfigurationError,
    ConnectionFailedError,
    DeleteDeniedError,
    DestructiveMigrationError,
    DetachedError,
    DriftError,
    EmbeddedServerError,
    EmptyResponseError,
    FlushError,
    FrozenCollectionError,
    GraphQLError,
    InvalidVersionError,
    ItemError,
    LoginError,
    MappingError,
    MigrationError,
    MigrationFileError,
    MigrationLockedError,
    MigrationRowError,
    MigrationStepError,
    MissingScopeError,
    MultipleResultsError,
    NotFoundError,
    NotLoadedError,
    NotSentError,
    NotWeaviateError,
    ObjectExistsError,
    OperationFailedError,
    OperationTimeoutError,
    PermissionDeniedError,
    QueryError,
    RequestTimeoutError,
    ResultError,
    SchemaMismatchError,
    SchemaValidationError,
    ServerTooOldError,
    SessionError,
    SettingsNotChangedError,
    StaleObjectError,
    StartUpError,
    StoredValueError,
    TransportError,
    UnexpectedStatusError,
    UnknownNameError,
    ValidationError,
    WeaviateORMError,
)
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.auth_oidc import AuthBearerToken, AuthClientCredentials, AuthClientPassword
from weaviate_orm.model.asdict import asdict
from weaviate_orm.model.field_options import field, ref, vector
from weaviate_orm.model.fields import Field, Ref, Vector
from weaviate_orm.model.manager import Manager
from weaviate_orm.model.model import Model
from weaviate_orm.model.state import Status
from weaviate_orm.query.aggregates import Aggregate, BooleanCounts, GroupResult, Occurrence
from weaviate_orm.query.boosts import Boost
from weaviate_orm.query.comparisons import GeoRange
from weaviate_orm.query.lookups import Q
from weaviate_orm.query.queryset import QuerySet, gather
from weaviate_orm.query.results import Answer, Explanation, Group, Groups, Hit, Hits
from weaviate_orm.query.searches import Move
from weaviate_orm.query.target_vectors import TargetVectors
from weaviate_orm.session import current as _current  # noqa: F401 - runs the queries of Model.query
from weaviate_orm.session.bulk import Progress
from weaviate_orm.session.create_all import create_all, drop_all
from weaviate_orm.session.default_client import configure
from weaviate_orm.session.dispatch import Flushed
from weaviate_orm.session.events import listen, listens_for, unlisten
from weaviate_orm.session.flush.execute import Failure
from weaviate_orm.session.inspection import NOT_LOADED, Change, Inspection, inspect
from weaviate_orm.session.reads.dangling import Dangling
from weaviate_orm.session.scoped import ScopedSession
from weaviate_orm.session.session import Session
from weaviate_orm.types import (
    ConsistencyLevel,
    GeoCoordinates,
    HybridFusion,
    PhoneNumber,
    Tenant,
    TenantActivityStatus,
)

__all__ = [
    "NOT_LOADED",
    "AdditionalProperties",
    "Aggregate",
    "Answer",
    "ArgumentTypeError",
    "AuthApiKey",
    "AuthBearerToken",
    "AuthClientCredentials",
    "AuthClientPassword",
    "AuthenticationError",
    "BackupFailedError",
    "BooleanCounts",
    "Boost",
    "BuilderError",
    "Change",
    "ChecksumError",
    "Client",
    "Config",
    "ConfigurationError",
    "ConnectionConfig",
    "ConnectionFailedError",
    "ConsistencyLevel",
    "Dangling",
    "DeleteDeniedError",
    "DestructiveMigrationError",
    "DetachedError",
    "DriftError",
    "EmbeddedServerError",
    "EmptyResponseError",
    "Explanation",
    "Failure",
    "Field",
    "FlushError",
    "Flushed",
    "FrozenCollectionError",
    "GeoCoordinates",
    "GeoRange",
    "GraphQLError",
    "Group",
    "GroupResult",
    "Groups",
    "Hit",
    "Hits",
    "HybridFusion",
    "Inspection",
    "InvalidVersionError",
    "ItemError",
    "LinkTo",
    "LoginError",
    "Manager",
    "MappingError",
    "MigrationError",
    "MigrationFileError",
    "MigrationLockedError",
    "MigrationRowError",
    "MigrationStepError",
    "MissingScopeError",
    "Model",
    "Move",
    "MultipleResultsError",
    "NotFoundError",
    "NotLoadedError",
    "NotSentError",
    "NotWeaviateError",
    "ObjectExistsError",
    "Occurrence",
    "OperationFailedError",
    "OperationTimeoutError",
    "PermissionDeniedError",
    "PhoneNumber",
    "Progress",
    "Q",
    "QueryError",
    "QuerySet",
    "Ref",
    "RequestTimeoutError",
    "ResultError",
    "SchemaMismatchError",
    "SchemaValidationError",
    "ScopedSession",
    "ServerTooOldError",
    "Session",
    "SessionError",
    "SettingsNotChangedError",
    "StaleObjectError",
    "StartUpError",
    "Status",
    "StoredValueError",
    "TargetVectors",
    "Tenant",
    "TenantActivityStatus",
    "TransportError",
    "UnexpectedStatusError",
    "UnknownNameError",
    "ValidationError",
    "Vector",
    "WeaviateORMError",
    "__version__",
    "asdict",
    "configure",
    "create_all",
    "drop_all",
    "embedded",
    "field",
    "gather",
    "inspect",
    "listen",
    "listens_for",
    "ref",
    "unlisten",
    "vector",
]
