"""Errors: one tree that is public; each can be pickled and copied, is read by ``message``, and holds no secret."""

from __future__ import annotations

import builtins
import copy
import multiprocessing
import pickle
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
import requests

import weaviate_orm
from tests.empty_collections import empty_collections
from weaviate_orm import AuthApiKey, Client, Field, Model, Ref, Session, exceptions, field, ref
from weaviate_orm.exceptions import (
    AuthenticationError,
    BackupFailedError,
    ConnectionFailedError,
    DeleteDeniedError,
    DestructiveMigrationError,
    DetachedError,
    DriftError,
    EmbeddingError,
    FlushError,
    GraphQLError,
    ItemError,
    MigrationFileError,
    MigrationLockedError,
    MigrationRowError,
    MigrationStepError,
    NotLoadedError,
    ObjectExistsError,
    OperationFailedError,
    OperationTimeoutError,
    OtherEmbedderError,
    PermissionDeniedError,
    SchemaMismatchError,
    SchemaValidationError,
    SettingsNotChangedError,
    StaleObjectError,
    StartUpError,
    StoredValueError,
    UnexpectedStatusError,
    UnknownNameError,
    ValidationError,
    WeaviateORMError,
)
from weaviate_orm.session.flush.execute import Failure


class Traveller(Model):
    name: Field[str] = field(tokenization="field")
    number: Field[int] = field(default=0)
    friend: Ref[Traveller | None] = ref(default=None)

    class Meta:
        name = "TestTraveller"


def traveller() -> Traveller:
    return Traveller(name="Ada", friend=Traveller(name="Bo"))


WHERE: dict[str, Any] = {"method": "GET", "url": "http://localhost/v1/meta"}
STATUS: dict[str, Any] = {"status_code": 500, "body": {"error": [{"message": "boom"}]}, **WHERE}

SPECIAL: dict[type[WeaviateORMError], Callable[[], WeaviateORMError]] = {
    SchemaMismatchError: lambda: SchemaMismatchError("Article", ["one", "two"]),
    OtherEmbedderError: lambda: OtherEmbedderError("Article", ["one", "two"]),
    EmbeddingError: lambda: EmbeddingError("text", field="vector", position=3),
    SettingsNotChangedError: lambda: SettingsNotChangedError("Article", [("bm25.b", 0.5, 0.7)]),
    MigrationFileError: lambda: MigrationFileError("text", file="0001_initial"),
    DriftError: lambda: DriftError(["one", "two"]),
    DestructiveMigrationError: lambda: DestructiveMigrationError(["one", "two"]),
    MigrationLockedError: lambda: MigrationLockedError("text", owner="ada@host, process 1", age=2.5),
    MigrationRowError: lambda: MigrationRowError("text", collection="Article", id="1", tenant="acme"),
    MigrationStepError: lambda: MigrationStepError("text", migration="0001_initial", operation=2),
    ValidationError: lambda: ValidationError("text", instance=traveller(), field="name", reason="is short"),
    SchemaValidationError: lambda: SchemaValidationError("text", field="name"),
    UnknownNameError: lambda: UnknownNameError("Article field", "titel", ["title", "text"]),
    StoredValueError: lambda: StoredValueError("text", model=Traveller, id=UUID(int=1), field="number", value=[1]),
    NotLoadedError: lambda: NotLoadedError("text", instance=traveller(), field="friend"),
    DetachedError: lambda: DetachedError("text", instance=traveller(), field="friend"),
    StaleObjectError: lambda: StaleObjectError([(traveller(), traveller()), (traveller(), None)]),
    DeleteDeniedError: lambda: DeleteDeniedError([(traveller(), "friend", traveller())]),
    FlushError: lambda: FlushError(
        [
            Failure(traveller(), "create", ItemError("refused")),
            Failure(traveller(), "add reference", cut_connection(), "friend"),
        ]
    ),
    ConnectionFailedError: lambda: cut_connection(),
    StartUpError: lambda: StartUpError("text", url="http://localhost", sent=False),
    GraphQLError: lambda: GraphQLError(["one", "two"], document="{Get{A{b}}}", data={"Get": None}, url="http://a"),
    UnexpectedStatusError: lambda: UnexpectedStatusError("text", retry_after=2.5, **STATUS),
    AuthenticationError: lambda: AuthenticationError("text", **STATUS),
    ObjectExistsError: lambda: ObjectExistsError("text", **STATUS),
    PermissionDeniedError: lambda: PermissionDeniedError("text", **STATUS),
    OperationFailedError: lambda: OperationFailedError("text", status={"status": "FAILED"}),
    BackupFailedError: lambda: BackupFailedError("text", status={"status": "FAILED"}),
    OperationTimeoutError: lambda: OperationTimeoutError("text", status={"status": "STARTED"}),
}


def cut_connection() -> WeaviateORMError:
    """An error whose cause holds the request, with its headers, and a lock."""
    headers = {"Authorization": "Bearer s3cret"}
    request = requests.Request("GET", "http://localhost", headers=headers).prepare()
    cause = requests.ConnectionError("cut", request=request)
    cause.lock = multiprocessing.Lock()  # type: ignore[attr-defined]
    try:
        raise ConnectionFailedError("text", sent=False, **WHERE) from cause
    except ConnectionFailedError as error:
        return error


def all_errors(kind: type[WeaviateORMError] = WeaviateORMError) -> Iterator[type[WeaviateORMError]]:
    yield kind
    for below in kind.__subclasses__():
        if below.__module__.startswith("weaviate_orm"):
            yield from all_errors(below)


for module in pkgutil.walk_packages(weaviate_orm.__path__, "weaviate_orm."):
    if not module.name.endswith("__main__"):
        import_module(module.name)

SAMPLES = {kind: SPECIAL.get(kind, partial(kind, "text")) for kind in dict.fromkeys(all_errors())}
"""Every error of the package: what takes more than a text is above."""


PUBLIC = {kind.__name__ for kind in SAMPLES if kind.__module__ == exceptions.__name__}
"""The names of those that users catch."""


def test_every_error_is_of_one_tree_which_is_drawn_in_full() -> None:
    drawn = re.findall(r"[├└]── (\w+)", exceptions.__doc__ or "")
    assert {*drawn, "WeaviateORMError"} == PUBLIC
    errors = {value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, Exception)}
    assert all(issubclass(error, WeaviateORMError) for error in errors if error.__module__ == exceptions.__name__)


def test_every_error_is_offered_by_the_package() -> None:
    assert {*weaviate_orm.__all__} >= PUBLIC
    assert {*exceptions.__all__} >= PUBLIC


def assert_same(other: object, error: object) -> None:
    """They have one type, one text, and attributes that are equal, or that show as the same."""
    assert type(other) is type(error)
    assert str(other) == str(error)
    if isinstance(error, BaseException):
        assert isinstance(other, BaseException)
        assert other.args == error.args
        assert_same_values(vars(other), vars(error))


def assert_same_values(other: object, value: object) -> None:
    if isinstance(value, dict):
        assert isinstance(other, dict)
        assert list(other) == list(value)
        assert_same_values(list(other.values()), list(value.values()))
    elif isinstance(value, (list, tuple)):
        assert isinstance(other, (list, tuple))
        assert len(other) == len(value)
        for item, expected in zip(other, value, strict=True):
            assert_same_values(item, expected)
    elif isinstance(value, Failure):
        assert isinstance(other, Failure)
        assert (other.operation, other.attribute) == (value.operation, value.attribute)
        assert_same(other.object, value.object)
        assert_same(other.reason, value.reason)
    elif isinstance(value, (Model, BaseException)):
        assert_same(other, value)
    else:
        assert other == value


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_is_pickled(kind: type[WeaviateORMError], protocol: int) -> None:
    error = SAMPLES[kind]()
    stored = pickle.dumps(error, protocol)
    assert b"s3cret" not in stored
    assert_same(pickle.loads(stored), error)
    assert_same(pickle.loads(pickle.dumps([error, error]))[1], error)


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy])
def test_an_error_is_copied(kind: type[WeaviateORMError], how: Callable[[WeaviateORMError], WeaviateORMError]) -> None:
    error = SAMPLES[kind]()
    other = how(error)
    assert other is not error
    assert_same(other, error)
    with pytest.raises(kind):
        raise other


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.__name__)
def test_an_error_has_a_message(kind: type[WeaviateORMError]) -> None:
    error = SAMPLES[kind]()
    assert error.message == str(error) != ""
    assert copy.copy(error).message == error.message


def test_a_cause_of_the_package_comes_along_and_others_do_not() -> None:
    error = ItemError("outer")
    error.__cause__ = cut_connection()
    if sys.version_info >= (3, 11):
        error.add_note("while reading")
    other = pickle.loads(pickle.dumps(error))
    assert_same(other, error)
    assert_same(other.__cause__, error.__cause__)
    assert other.__cause__.__cause__ is None


def test_errors_of_the_users_own() -> None:
    error = NoSeatError("A4", price=3)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert_same(other, error)
        assert (other.seat, other.price) == ("A4", 3)


class NoSeatError(WeaviateORMError):
    """An error with a constructor of its own, as applications have them."""

    def __init__(self, seat: str, *, price: int) -> None:
        self.seat = seat
        self.price = price
        super().__init__(f"{seat} for {price}")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups of errors are new in Python 3.11")
def test_a_group_of_errors() -> None:
    group = builtins.ExceptionGroup("several", [make() for make in SAMPLES.values()])  # type: ignore[attr-defined]
    for other in (pickle.loads(pickle.dumps(group)), copy.deepcopy(group)):
        assert other.message == "several"
        assert len(other.exceptions) == len(SAMPLES)
        for one, expected in zip(other.exceptions, group.exceptions, strict=True):
            assert_same(one, expected)


def raise_sample(position: int) -> None:
    raise list(SAMPLES.values())[position]()


@pytest.mark.slow
def test_every_error_comes_back_from_another_process() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        for position, kind in enumerate(SAMPLES):
            with pytest.raises(kind) as caught:
                pool.map_async(raise_sample, [position]).get(timeout=120)
            assert type(caught.value) is kind


@pytest.fixture
def travellers(client: Client) -> Iterator[Client]:
    with empty_collections(client, [Traveller]):
        yield client


def raised(call: Callable[[], object]) -> WeaviateORMError:
    with pytest.raises(WeaviateORMError) as caught:
        call()
    return caught.value


def test_errors_as_they_are_raised(travellers: Client) -> None:
    client = travellers
    with Session(client) as session:
        session.add(traveller())
        session.commit()
        ada = session.query(Traveller).where(name="Ada").one()
        lean = session.query(Traveller).where(name="Bo").only("name").raiseload().one()
        errors = [
            raised(lambda: setattr(ada, "name", 3)),
            raised(lambda: Traveller(name=3)),  # type: ignore[arg-type]
            raised(lambda: Traveller(name="x", number="y")),  # type: ignore[arg-type]
            raised(lambda: lean.number),
            raised(lambda: session.get(Traveller, "no id")),
            raised(lambda: session.query(Traveller).one()),
            raised(lambda: session.query(Traveller).where(nope=1)),
            raised(lambda: session.query(Traveller).where(name="Zoe").one()),
            raised(lambda: client.transport.request("GET", "/nope")),
        ]
    detached = ada
    errors += [
        raised(lambda: detached.vector),
        raised(lambda: client.data_object.create({"name": "x"}, "TestTraveller", uuid=detached.id)),
        raised(lambda: client.data_object.create({"name": ["x"]}, "TestTraveller")),
        raised(lambda: client.schema.get("TestNope")),
        raised(lambda: Client("http://127.0.0.1:9", startup_period=1)),
        raised(lambda: Client("nonsense")),
    ]
    for error in errors:
        assert_same(pickle.loads(pickle.dumps(error)), error)
        assert_same(copy.deepcopy(error), error)


def test_the_failures_of_a_flush(travellers: Client) -> None:
    with Session(travellers) as session:
        session.add(Traveller(name="one", number=1))
        travellers.schema.delete_class("TestTraveller")
        travellers.schema.create_class(
            {"class": "TestTraveller", "properties": [{"name": "name", "dataType": ["int"]}]}
        )
        error = raised(session.commit)
        assert isinstance(error, FlushError)
        other = pickle.loads(pickle.dumps(error))
        assert_same(other, error)
        assert other.failures[0].object not in session
        session.rollback()


def test_nothing_of_a_key_is_pickled(client: Client) -> None:
    headers = {"X-OpenAI-Api-Key": "s3cret-header"}
    other = Client(
        client.url, auth_client_secret=AuthApiKey("s3cret-key"), startup_period=None, additional_headers=headers
    )
    for error in (raised(other.get_meta), raised(lambda: other.schema.get("TestNope"))):
        assert b"s3cret" not in pickle.dumps(error)
        assert "s3cret" not in str(error) + repr(error)


def answered(status: int, content: bytes) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = content
    return response


def test_errors_that_users_make_as_in_weaviate_client_3() -> None:
    error = exceptions.UnexpectedStatusCodeException("Create class", answered(422, b'{"error": [{"message": "no"}]}'))
    assert error.status_code == 422
    assert error.body == {"error": [{"message": "no"}]}
    expected = "Create class! Unexpected status code: 422, with response body: {'error': [{'message': 'no'}]}."
    assert error.message == str(error) == expected
    text = exceptions.UnexpectedStatusCodeException("Create class", answered(502, b"<html>"))
    assert (text.status_code, text.body) == (502, "<html>")
    undecoded = exceptions.ResponseCannotBeDecodedException("Get meta", answered(200, b"<html>"))
    assert undecoded.status_code == 200
    assert "Get meta" in undecoded.message
    assert "<html>" in undecoded.message
    for made in (error, text, undecoded):
        assert_same(pickle.loads(pickle.dumps(made)), made)
    for kind in (
        exceptions.WeaviateBaseError,
        exceptions.AuthenticationFailedException,
        exceptions.BackupFailedException,
        exceptions.EmptyResponseException,
        exceptions.MissingScopeException,
        exceptions.ObjectAlreadyExistsException,
        exceptions.SchemaValidationException,
        exceptions.WeaviateEmbeddedInvalidVersion,
        exceptions.WeaviateStartUpError,
    ):
        assert kind().message == ""
        assert kind("text").message == "text"


def test_the_kinds_of_wrong_arguments_are_those_of_python() -> None:
    for kind in (exceptions.ConfigurationError, exceptions.QueryError, exceptions.ArgumentTypeError):
        assert issubclass(kind, ValueError)
        assert issubclass(kind, TypeError)
    assert issubclass(exceptions.BuilderError, AttributeError)
    assert issubclass(exceptions.BuilderError, exceptions.QueryError)
    assert issubclass(UnknownNameError, ValueError)
    assert issubclass(UnknownNameError, AttributeError)
    assert issubclass(exceptions.AdditionalPropertiesException, ValueError)
