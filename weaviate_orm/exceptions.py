"""Every error of this package, as one tree.

::

    WeaviateORMError
    ├── ConfigurationError              an option or a URL that cannot work (also a ValueError and a TypeError)
    │   └── InvalidVersionError         … a version of the embedded server
    ├── MappingError                    a model class that Weaviate cannot hold
    ├── SchemaMismatchError             the server's collection differs from the model
    │   └── OtherEmbedderError          … its vectors were made by another embedder
    ├── SettingsNotChangedError         the server accepted a change of settings, and did not make it
    ├── MigrationError                  a change of the schema that cannot be made
    │   ├── MigrationFileError          … a migration file that does not load, or does not fit the others
    │   ├── DriftError                  … the server is not as the applied migrations have made it
    │   ├── DestructiveMigrationError   … data would be deleted, and nobody has said yes to that
    │   ├── MigrationLockedError        … another process migrates the server
    │   ├── MigrationRowError           … a stored object that cannot be changed as the migration says
    │   └── MigrationStepError          … an operation failed; the history says where
    ├── ValidationError                 a value that its field cannot take (also a ValueError)
    │   ├── ArgumentTypeError           … of another type than the call takes (also a TypeError)
    │   ├── SchemaValidationError       a document that does not describe a schema
    │   └── TableError                  a table whose columns or cells do not fit a model
    ├── UnknownNameError                no such field, lookup or option (also an AttributeError and a ValueError)
    ├── QueryError                      a query that cannot be sent (also a ValueError and a TypeError)
    │   └── BuilderError                … its calls exclude each other, or one is missing (also an AttributeError)
    ├── ResultError                     an answer that the call cannot use
    │   ├── NotFoundError               one object was expected, none came
    │   ├── MultipleResultsError        one object was expected, more came
    │   └── StoredValueError            a stored value that its field cannot hold (also a ValueError)
    ├── SessionError                    an object is not where the call needs it
    │   ├── NotLoadedError              a value is not loaded, and its query refuses to load it later
    │   │   └── DetachedError           … or the object belongs to no open session
    │   ├── StaleObjectError            an object was changed by another program since it was loaded
    │   ├── DeleteDeniedError           an object is to be deleted, and another one that refers to it denies it
    │   └── FlushError                  some operations of a flush failed; they stay pending
    ├── TransportError                  the server could not be asked, or its answer not used
    │   ├── ConnectionFailedError       no connection (also a requests ConnectionError)
    │   │   ├── CertificateError        the certificate of the server is not trusted
    │   │   └── StartUpError            the server was not ready when the startup period was over
    │   ├── RequestTimeoutError         no answer in time (also a requests ReadTimeout)
    │   ├── NotWeaviateError            something answered that is not Weaviate
    │   ├── ServerTooOldError           a Weaviate without the features this package needs
    │   ├── EmptyResponseError          an answer without the content that the call needs
    │   ├── NotSentError                an operation of a flush was not sent, because one that it needs failed
    │   ├── FrozenCollectionError       a write was refused for longer than a session waits: the collection is frozen
    │   ├── GraphQLError                a refused query: errors inside an answer of HTTP status 200, or by gRPC
    │   ├── LoginError                  no credentials, or refused ones
    │   │   └── MissingScopeError       the issuer requires a scope, and none was passed
    │   └── UnexpectedStatusError       an HTTP status that means the request failed
    │       ├── AuthenticationError     401: no credentials, or unknown ones (also a LoginError)
    │       ├── ObjectExistsError       an object of this id is there already
    │       └── PermissionDeniedError   403: the credentials do not allow it
    ├── ItemError                       the server refused one item of a batch
    ├── PartitionError                  a partition of a distributed import was not stored whole
    ├── OperationFailedError            an operation of the server failed
    │   └── BackupFailedError           … a backup, or its restore
    ├── OperationTimeoutError           … is not done in the time to wait for it (also a TimeoutError)
    ├── EmbeddingError                  an embedder made no vector of a text
    └── EmbeddedServerError             the embedded server could not be installed or started
        └── ChecksumError               a downloaded archive is not the published one

Each error carries the objects it is about, so that a handler need not read its text.

The names at the end of the module are those of the v3 Python client, for code written for it. Each is one of the
errors above.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import requests

__all__ = [
    "AdditionalPropertiesException",
    "ArgumentTypeError",
    "AuthenticationError",
    "AuthenticationFailedException",
    "BackupFailedError",
    "BackupFailedException",
    "BuilderError",
    "CertificateError",
    "ChecksumError",
    "ConfigurationError",
    "ConnectionFailedError",
    "DeleteDeniedError",
    "DestructiveMigrationError",
    "DetachedError",
    "DriftError",
    "EmbeddedServerError",
    "EmbeddingError",
    "EmptyResponseError",
    "EmptyResponseException",
    "FlushError",
    "FrozenCollectionError",
    "GraphQLError",
    "InvalidVersionError",
    "ItemError",
    "LoginError",
    "MappingError",
    "MigrationError",
    "MigrationFileError",
    "MigrationLockedError",
    "MigrationRowError",
    "MigrationStepError",
    "MissingScopeError",
    "MissingScopeException",
    "MultipleResultsError",
    "NotFoundError",
    "NotLoadedError",
    "NotSentError",
    "NotWeaviateError",
    "ObjectAlreadyExistsException",
    "ObjectExistsError",
    "OperationFailedError",
    "OperationTimeoutError",
    "OtherEmbedderError",
    "PartitionError",
    "PermissionDeniedError",
    "QueryError",
    "RequestTimeoutError",
    "ResponseCannotBeDecodedException",
    "ResultError",
    "SchemaMismatchError",
    "SchemaValidationError",
    "SchemaValidationException",
    "ServerTooOldError",
    "SessionError",
    "SettingsNotChangedError",
    "StaleObjectError",
    "StartUpError",
    "StoredValueError",
    "TableError",
    "TransportError",
    "UnexpectedStatusCodeException",
    "UnexpectedStatusError",
    "UnknownNameError",
    "ValidationError",
    "WeaviateBaseError",
    "WeaviateEmbeddedInvalidVersion",
    "WeaviateORMError",
    "WeaviateStartUpError",
]


class WeaviateORMError(Exception):
    """The base of every error that this package raises on purpose.

    Errors can be pickled and copied, with their attributes. A cause comes along when it is an error of this package;
    others, such as those of requests, hold locks, and headers with keys.
    """

    @property
    def message(self) -> str:
        """The text of the error, as ``str(error)``."""
        return str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        cause = self.__cause__ if isinstance(self.__cause__, WeaviateORMError) else None
        return _restored, (type(self), self.args, cause), vars(self)


def _restored(kind: type[WeaviateORMError], args: tuple[Any, ...], cause: WeaviateORMError | None) -> WeaviateORMError:
    error = kind.__new__(kind)  # not by __init__, which may take other arguments than the text
    error.args = args
    error.__cause__ = cause
    return error


class ConfigurationError(WeaviateORMError, ValueError, TypeError):
    """A client, a session or an option that cannot work as it was given: its type or its value."""


class InvalidVersionError(ConfigurationError):
    """The embedded server has no such version."""


class MappingError(WeaviateORMError):
    """A model class that cannot be mapped to a Weaviate collection."""


class SchemaMismatchError(WeaviateORMError):
    """The collection on the server is not the one that the model describes.

    Attributes:
        collection: the name of the collection.
        differences: one sentence for each difference.
    """

    def __init__(self, collection: str, differences: Sequence[str]) -> None:
        self.collection = collection
        self.differences = tuple(differences)
        listed = "; ".join(self.differences)
        super().__init__(
            f"collection {collection} on the server differs from its model: {listed}. create_all() does "
            f"not change this: read plan() of weaviate_orm.migrations and apply it, or change the model"
        )


class OtherEmbedderError(SchemaMismatchError):
    """The vectors of the collection were made by another embedder than the model has. Nothing was sent.

    Vectors of two models of embeddings cannot be compared, even where they have one length.

    Attributes:
        collection: the name of the collection.
        differences: one sentence for each difference.
    """

    def __init__(self, collection: str, differences: Sequence[str]) -> None:
        super().__init__(collection, differences)
        listed = "; ".join(self.differences)
        self.args = (
            f"the vectors of collection {collection} were made by another embedder: {listed}. Give the model that one; "
            f"or add a named vector that has the new one; or drop the collection, and store the objects anew",
        )


class SettingsNotChangedError(WeaviateORMError):
    """The server answered 200 to a change of a collection's settings, and did not make it, or only a part.

    Attributes:
        collection: the name of the collection.
        settings: the settings that are as before, as ``(path, new value, stored value)``.
    """

    def __init__(self, collection: str, settings: Iterable[tuple[str, Any, Any]]) -> None:
        self.collection = collection
        self.settings = tuple(settings)
        listed = "; ".join(f"{path} is {stored!r:.80}, not {new!r:.80}" for path, new, stored in self.settings)
        super().__init__(
            f"the server answered 200 to a change of collection {collection}, and did not make it: {listed}. A setting "
            f"that cannot change in place may keep others from changing: leave it out, or create a collection with it "
            f"and copy the objects"
        )


class MigrationError(WeaviateORMError):
    """A change of the schema that cannot be made."""


class MigrationFileError(MigrationError):
    """A migration file that does not load, or does not fit the others or what is applied. Nothing was done.

    Attributes:
        file: the name of the migration, without the suffix; None where it concerns no single one.
    """

    def __init__(self, message: str = "", *, file: str | None = None) -> None:
        self.file = file
        super().__init__(message)


class DriftError(MigrationError):
    """The server is not as the applied migrations have made it. Nothing was done.

    Attributes:
        differences: one sentence for each difference.
    """

    def __init__(self, differences: Sequence[str]) -> None:
        self.differences = tuple(differences)
        listed = "".join(f"\n  - {difference}" for difference in self.differences)
        super().__init__(
            f"the server is not as the applied migrations have made it, so that nothing was done:{listed}\nUndo what "
            f"was changed by other means; or write a migration that says the same, and record it without applying it "
            f"(fake=True)"
        )


class DestructiveMigrationError(MigrationError):
    """Stored data would be deleted, and the call does not allow that. Nothing was done.

    Attributes:
        operations: what deletes data, as one sentence each.
    """

    def __init__(self, operations: Sequence[str]) -> None:
        self.operations = tuple(operations)
        listed = "".join(f"\n  - {operation}" for operation in self.operations)
        super().__init__(f"stored data would be deleted; allow that (yes_delete=True), or leave it out:{listed}")


class MigrationLockedError(MigrationError):
    """Another process migrates the server. Nothing was done, or nothing more.

    Attributes:
        owner: the user, host and process that holds the lock; None while that is not known.
        age: the seconds for which it is held, or None.
    """

    def __init__(self, message: str = "", *, owner: str | None = None, age: float | None = None) -> None:
        self.owner = owner
        self.age = age
        super().__init__(message)


class MigrationRowError(MigrationError):
    """A stored object that cannot be changed as the migration says. What was changed before it stays.

    Attributes:
        collection: the logical name of its collection.
        id: its id.
        tenant: its tenant, or None.
    """

    def __init__(self, reason: str = "", *, collection: str, id: str, tenant: str | None = None) -> None:
        self.collection = collection
        self.id = id
        self.tenant = tenant
        where = f" of tenant {tenant}" if tenant is not None else ""
        super().__init__(
            f"{collection} {id}{where}: {reason}. What was changed before it stays; correct the object or the "
            f"migration, and run it again"
        )


class MigrationStepError(MigrationError):
    """An operation of a migration failed. What was done before it stays, and the history says where it stopped.

    Attributes:
        migration: the name of the migration.
        operation: the position of the operation in it, from 1.
    """

    def __init__(self, message: str = "", *, migration: str, operation: int) -> None:
        self.migration = migration
        self.operation = operation
        super().__init__(message)


class ValidationError(WeaviateORMError, ValueError):
    """A value that its field cannot take; nothing was sent.

    Attributes:
        instance: the model instance, or None where there is none.
        field: the attribute's name, or None for the object as a whole.
        reason: the problem, without the object and the field: ``"needs a str, got int 3"``; None where the message
            says more than a form or a response should.
    """

    def __init__(
        self, message: str = "", *, instance: Any = None, field: str | None = None, reason: str | None = None
    ) -> None:
        self.instance = instance
        self.field = field
        self.reason = reason
        super().__init__(message)


class ArgumentTypeError(ValidationError, TypeError):
    """A value of another type than the call takes; nothing was sent."""


class SchemaValidationError(ValidationError):
    """A document that does not describe a schema; nothing was sent."""


class TableError(ValidationError):
    """A table whose columns or cells do not fit a model, or that cannot be read; nothing of the row was sent.

    Attributes:
        row: the row, counted from 0; None where it is about a column as a whole, or the file.
        column: the name of the column, or None where it is about the row as a whole.
        values: the cells of the row, by column.
    """

    def __init__(
        self,
        message: str = "",
        *,
        row: int | None = None,
        column: str | None = None,
        values: Mapping[str, Any] | None = None,
        field: str | None = None,
        reason: str | None = None,
    ) -> None:
        self.row = row
        self.column = column
        self.values = values
        super().__init__(message, field=field, reason=reason)


class QueryError(WeaviateORMError, ValueError, TypeError):
    """A query that Weaviate could not answer, by the type or the value of what it asks; it was not sent."""


class BuilderError(QueryError, AttributeError):
    """Calls of ``client.query`` that exclude each other, or that leave out what is to be returned; it was not sent."""


class UnknownNameError(WeaviateORMError, AttributeError, ValueError):
    """A field, lookup or option that does not exist.

    Attributes:
        unknown: the name that was given.
        candidates: the names that exist.
    """

    def __init__(self, kind: str, unknown: str, candidates: Iterable[str]) -> None:
        self.unknown = unknown
        self.candidates = tuple(sorted(candidates))
        near = difflib.get_close_matches(unknown, self.candidates, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are: {', '.join(self.candidates) or 'none'}"
        super().__init__(f"{kind} {unknown!r} does not exist{hint}")


class ResultError(WeaviateORMError):
    """An answer that the call cannot use: other objects than it needs, or values that Python cannot hold."""


class NotFoundError(ResultError):
    """One object was expected and none was found."""


class MultipleResultsError(ResultError):
    """One object was expected and more were found."""


class StoredValueError(ResultError, ValueError):
    """A stored value that its field cannot hold: another program wrote it, or the class has changed.

    Attributes:
        model: the model class.
        id: the object's id, or None of a figure of several objects.
        field: the attribute.
        value: the stored value, as the server's JSON.
    """

    def __init__(self, message: str, *, model: type, id: UUID | None, field: str, value: Any) -> None:
        self.model = model
        self.id = id
        self.field = field
        self.value = value
        super().__init__(message)


class SessionError(WeaviateORMError):
    """An object that is not in the state, or not in the session, that the call needs."""


class NotLoadedError(SessionError):
    """A value is not loaded, and may not be: the query of its object refuses that by ``raiseload()``.

    Attributes:
        instance: the model instance.
        field: the attribute that is not loaded.
    """

    def __init__(self, message: str, *, instance: Any, field: str | None = None) -> None:
        self.instance = instance
        self.field = field
        super().__init__(message)


class DetachedError(NotLoadedError):
    """A value has to be loaded, but its object belongs to no open session."""


class StaleObjectError(SessionError):
    """Objects were changed by somebody else since they were loaded, as their ``Meta.version`` shows; nothing was sent.

    Attributes:
        conflicts: for each, the object as it is here, and as the server has it (None: it was deleted there).
        instance, current: the first of them.
    """

    def __init__(self, conflicts: Sequence[tuple[Any, Any]]) -> None:
        self.conflicts = tuple(conflicts)
        self.instance, self.current = self.conflicts[0]
        change = "was deleted" if self.current is None else f"was changed, and is now {self.current!r}"
        more = len(self.conflicts) - 1
        others = f" ({more} more in .conflicts)" if more else ""
        super().__init__(
            f"{describe(self.instance)} {change}, since it was loaded{others}: refresh() it and change it again, or "
            f"rollback()"
        )


class DeleteDeniedError(SessionError):
    """An object is to be deleted, and references that deny it lead to it; nothing was sent.

    Attributes:
        references: for each, the object that refers, its attribute, and the object that was to be deleted.
    """

    def __init__(self, references: Sequence[tuple[Any, str, Any]]) -> None:
        self.references = tuple(references)
        referrer, attribute, target = self.references[0]
        more = len(self.references) - 1
        others = f" (and {more} more, in .references)" if more else ""
        super().__init__(
            f"{describe(target)} cannot be deleted: {describe(referrer)}.{attribute} refers to it and denies that"
            f"{others}; delete it too, or let it refer to something else, or rollback()"
        )


class FlushError(SessionError):
    """Some operations of a flush failed; all others are stored.

    What failed is still pending in the session: mend the objects, or wait for the server, and commit again.

    Attributes:
        failures: one :class:`~weaviate_orm.Failure` (object, operation, reason) for each.
    """

    def __init__(self, failures: Sequence[Any]) -> None:
        self.failures = tuple(failures)
        shown = "\n".join(f"  - {failure}" for failure in self.failures[:5])
        more = len(self.failures) - 5
        rest = f"\n  … and {more} more, in .failures" if more > 0 else ""
        count = len(self.failures)
        super().__init__(
            f"{count} operation{'s' if count != 1 else ''} failed and {'are' if count != 1 else 'is'} still pending; "
            f"mend and commit again:\n{shown}{rest}"
        )


class TransportError(WeaviateORMError):
    """The server could not be asked, or its answer could not be used.

    Attributes:
        method: the HTTP method, or None.
        url: the address without credentials, or None.
    """

    def __init__(self, message: str = "", *, method: str | None = None, url: str | None = None) -> None:
        self.method = method
        self.url = url
        super().__init__(message)


class ConnectionFailedError(TransportError, requests.exceptions.ConnectionError):
    """No connection to the server, or it was cut before the answer was complete.

    Attributes:
        sent: False when the request cannot have reached the server, so that repeating it is always safe.
    """

    def __init__(
        self, message: str = "", *, method: str | None = None, url: str | None = None, sent: bool = True
    ) -> None:
        self.sent = sent
        super().__init__(message, method=method, url=url)


class CertificateError(ConnectionFailedError):
    """The server shows a certificate that is not trusted, or is for another host; nothing was sent to it."""


class StartUpError(ConnectionFailedError):
    """The server was not ready when the startup period was over; nothing but the readiness check was sent."""


class RequestTimeoutError(TransportError, requests.exceptions.ReadTimeout):
    """The server did not answer in time; whether it did what was asked is not known."""


class NotWeaviateError(TransportError):
    """Something answered at the address, but it is not Weaviate.

    Made of the place in the code and a ``response`` of requests, as in weaviate-client 3, it quotes that.

    Attributes:
        status_code: the HTTP status; None where there is none.
    """

    def __init__(
        self,
        message: str = "",
        response: requests.Response | None = None,
        *,
        status_code: int | None = None,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        if response is not None:
            status_code = response.status_code
            message = f"{message}: the answer of status {status_code} is not JSON: {response.text[:200]!r}"
        self.status_code = status_code
        super().__init__(message, method=method, url=url)


class ServerTooOldError(TransportError):
    """The server is a Weaviate that lacks what this package relies on."""


class EmptyResponseError(TransportError):
    """The server answered that all is well, but without the content that the call needs."""


class LoginError(TransportError):
    """It could not be shown to the server who asks: there are no credentials, or they were refused."""


class MissingScopeError(LoginError):
    """The issuer gives tokens for a scope, and neither the server nor the credentials name one."""


class NotSentError(TransportError):
    """An operation of a flush was not sent, because another one that it needs failed."""


class FrozenCollectionError(TransportError):
    """A write was refused because its collection is frozen, for longer than ``Session(freeze_timeout=…)`` waits.

    A rebuild freezes a collection for its last pass, and ends that by another one, which sessions go over to.
    """


class GraphQLError(TransportError):
    """The server refused a query: it answered 200, with errors in place of (some of) the data; or it did so by gRPC.

    Attributes:
        messages: the server's messages.
        document: the GraphQL text that was sent; by gRPC the message as text.
        data: what came back all the same, or None.
    """

    def __init__(self, messages: Sequence[str], *, document: str, data: Any = None, url: str | None = None) -> None:
        self.messages = tuple(messages)
        self.document = document
        self.data = data
        listed = "; ".join(self.messages)
        shown = document if len(document) <= 500 else document[:500] + " …"
        super().__init__(f"the server refused the query: {listed}. The query was: {shown}", method="POST", url=url)


class UnexpectedStatusError(TransportError):
    """The server answered with an HTTP status that means the request failed.

    Made of a text and a ``response`` of requests, as in weaviate-client 3, it takes the status and the body of that.

    Attributes:
        status_code: the HTTP status; None for an error that was made without one.
        body: the decoded JSON of the answer, or its text.
        retry_after: the seconds after which the server asks to come back, or None.
    """

    def __init__(
        self,
        message: str = "",
        response: requests.Response | None = None,
        *,
        status_code: int | None = None,
        body: Any = None,
        method: str | None = None,
        url: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        if response is not None:
            status_code, body = response.status_code, _body(response)
            message = f"{message}! Unexpected status code: {status_code}, with response body: {body}."
        self.status_code = status_code
        self.body = body
        self.retry_after = retry_after
        super().__init__(message, method=method, url=url)


def _body(response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        return response.text


class AuthenticationError(UnexpectedStatusError, LoginError):
    """401: the server does not know who asks."""


class ObjectExistsError(UnexpectedStatusError):
    """An object of this id is there already; it was not changed."""


class PermissionDeniedError(UnexpectedStatusError):
    """403: the server knows who asks and does not allow it."""


class ItemError(WeaviateORMError):
    """The server's reason for refusing one item of a batch."""


class PartitionError(WeaviateORMError):
    """A partition of a distributed import was not stored whole: the engine, or the caller, stores it again.

    Attributes:
        report: a :class:`~weaviate_orm.distributed.PartitionReport` of what is stored.
    """

    def __init__(self, message: str = "", *, report: Any = None) -> None:
        self.report = report
        super().__init__(message)


class OperationFailedError(WeaviateORMError):
    """Work that the server does by itself (an export, a classification, a backup) ended badly.

    Attributes:
        status: the server's last report about it.
    """

    def __init__(self, message: str = "", *, status: Mapping[str, Any] | None = None) -> None:
        self.status = status if status is not None else {}
        super().__init__(message)


class BackupFailedError(OperationFailedError):
    """A backup or a restore ended as FAILED or CANCELED."""


class OperationTimeoutError(WeaviateORMError, TimeoutError):
    """Work that the server does by itself is not done in the time to wait for it. The server goes on with it.

    Attributes:
        status: the server's last report about it.
    """

    def __init__(self, message: str = "", *, status: Mapping[str, Any] | None = None) -> None:
        self.status = status if status is not None else {}
        super().__init__(message)


class EmbeddingError(WeaviateORMError):
    """An embedder failed, or did not return one vector of finite numbers and the right length for each text.

    Attributes:
        instance: the first object that has no vector; None for a search.
        field: the vector of the model, or None.
        position: the place of its text among those that were embedded together.
    """

    def __init__(self, message: str = "", *, instance: Any = None, field: str | None = None, position: int = 0) -> None:
        self.instance = instance
        self.field = field
        self.position = position
        super().__init__(message)


class EmbeddedServerError(WeaviateORMError):
    """The embedded server could not be found, installed or started."""


class ChecksumError(EmbeddedServerError):
    """A downloaded archive does not have the published checksum."""


def describe(instance: object) -> str:
    """Name an object in a message: its class and its id, or its values while it has none."""
    identity = getattr(getattr(instance, "_state", None), "id", None)
    return f"{type(instance).__name__} {identity}" if identity is not None else repr(instance)


WeaviateBaseError = WeaviateORMError
AdditionalPropertiesException = QueryError
AuthenticationFailedException = LoginError
BackupFailedException = BackupFailedError
EmptyResponseException = EmptyResponseError
MissingScopeException = MissingScopeError
ObjectAlreadyExistsException = ObjectExistsError
ResponseCannotBeDecodedException = NotWeaviateError
SchemaValidationException = SchemaValidationError
UnexpectedStatusCodeException = UnexpectedStatusError
WeaviateEmbeddedInvalidVersion = InvalidVersionError
WeaviateStartUpError = StartUpError
