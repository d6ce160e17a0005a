"""What older servers lack is refused by name and version, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from weaviate_orm import AuthApiKey, Client, Field, Model, ServerTooOldError, Session, create_all, field, gather
from weaviate_orm.client.permissions import permission
from weaviate_orm.http.features import AND_CROSS, Feature, require
from weaviate_orm.schema import AsyncReplicationSpec, ReplicationSpec, TextAnalyzer
from weaviate_orm.schema.indexes import hfresh
from weaviate_orm.testing import Server, recorded_requests

OLD = (1, 35, 2)


class FeatureNote(Model):
    text: Field[str]


class FeatureClustered(Model):
    text: Field[str]

    class Meta:
        index = hfresh()


class FeatureFolded(Model):
    text: Field[str] = field(text_analyzer=TextAnalyzer(ascii_fold=True))


class FeatureRepaired(Model):
    text: Field[str]

    class Meta:
        replication = ReplicationSpec(async_config=AsyncReplicationSpec(hashtree_height=9))


@pytest.fixture
def old(server: Server) -> Iterator[Client]:
    """A client that takes its server for an older one."""
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    with Client(server.url, auth_client_secret=secret) as client:
        client.transport.version = OLD
        yield client


ANY = "any"
CALLS: list[tuple[Callable[[Client], object], str]] = [
    (lambda client: client.tokenize.text("a", "word"), r"1\.37\.0"),
    (lambda client: client.tokenize.for_property("A", "a", "text"), r"1\.37\.0"),
    (lambda client: client.export.create(export_id=ANY, backend="s3"), r"1\.37\.0"),
    (lambda client: client.export.get_status(export_id=ANY, backend="s3"), r"1\.37\.0"),
    (lambda client: client.export.cancel(export_id=ANY, backend="s3"), r"1\.37\.0"),
    (lambda client: client.schema.delete_property_index("A", "a", "searchable"), r"1\.36\.0"),
    (lambda client: client.schema.get_property_indexes("A"), r"1\.39\.0"),
    (lambda client: client.schema.update_property_index("A", "a", "searchable", tokenization="field"), r"1\.39\.0"),
    (lambda client: client.schema.rebuild_property_index("A", "a", "searchable"), r"1\.39\.0"),
    (lambda client: client.schema.cancel_property_index_task("A", "a", "searchable"), r"1\.39\.0"),
    (lambda client: client.schema.delete_vector_index("A", "a"), r"1\.39\.0"),
    (lambda client: client.search.bm25("A", "a"), r"1\.39\.0"),
    (lambda client: client.search.near_text("A", "a"), r"1\.39\.0"),
    (lambda client: client.search.near_object("A", str(UUID(int=1))), r"1\.39\.0"),
    (lambda client: client.search.hybrid("A", "a"), r"1\.39\.0"),
    (lambda client: client.aggregate.count("A"), r"1\.39\.0"),
    (lambda client: client.aggregate.count_by("A", "a"), r"1\.39\.0"),
    (lambda client: client.namespaces.create(name=ANY), r"1\.39\.0"),
    (lambda client: client.namespaces.get(name=ANY), r"1\.39\.0"),
    (lambda client: client.namespaces.list_all(), r"1\.39\.0"),
    (lambda client: client.namespaces.update(name=ANY, home_node=ANY), r"1\.39\.0"),
    (lambda client: client.namespaces.suspend(name=ANY), r"1\.39\.0"),
    (lambda client: client.namespaces.resume(name=ANY), r"1\.39\.0"),
    (lambda client: client.namespaces.delete(name=ANY), r"1\.39\.0"),
    (lambda client: client.users.db.export_users(), r"1\.39\.0"),
    (lambda client: client.users.db.import_users(users=[]), r"1\.39\.0"),
    (lambda client: client.roles.create(role_name=ANY, permissions=permission("manage_namespaces")), r"1\.39\.0"),
    (lambda client: client.backup.create(ANY, "s3", incremental_base_backup_id="other"), r"1\.37\.0 \(or .*1\.35\.13"),
    (lambda client: client.backup.cancel(ANY, "s3", operation="restore"), r"1\.36\.0"),
    (lambda client: client.roles.create(role_name=ANY, permissions=permission("read_mcp")), r"1\.37\.1"),
    (lambda client: client.roles.add_permissions(role_name=ANY, permissions=[permission("read_mcp")]), r"1\.37\.1"),
    (lambda client: create_all(client, [FeatureClustered]), r"an hfresh index needs Weaviate 1\.36\.0"),
    (
        lambda client: create_all(client, [FeatureFolded]),
        r"a text analyzer or a stopword preset needs Weaviate 1\.37\.0",
    ),
    (
        lambda client: create_all(client, [FeatureRepaired]),
        r"async_config of a ReplicationSpec needs Weaviate 1\.36\.0",
    ),
]

QUERIES: list[Callable[[], object]] = [
    lambda: FeatureNote.query.bm25("sea", operator="and_cross").all(),
    lambda: FeatureNote.query.bm25("sea", operator="and_cross").hits(),
    lambda: FeatureNote.query.bm25("sea", operator="and_cross").values(),
    lambda: FeatureNote.query.hybrid("sea", operator="and_cross", alpha=0).limit(3).count(),
    lambda: FeatureNote.query.hybrid("sea", operator="and_cross", alpha=0).limit(3).aggregate(FeatureNote.id.count()),
    lambda: FeatureNote.query.hybrid("sea", operator="and_cross", alpha=0).limit(3).aggregate_by(FeatureNote.text),
    lambda: gather(FeatureNote.query.limit(1), FeatureNote.query.bm25("sea", operator="and_cross")),
    lambda: FeatureNote.query.limit(1).with_metadata("query_profile").hits(),
    lambda: FeatureNote.query.where(text="NO").all(),
    lambda: FeatureNote.query.where(text__in=["NO", "sea"]).count(),
    lambda: FeatureNote.query.where(text__exact="The It").first(),
    lambda: FeatureNote.query.where(text__contains_all=["NO"]).delete(),
]


@pytest.mark.parametrize(("call", "version"), CALLS)
def test_calls(old: Client, call: Callable[[Client], object], version: str) -> None:
    with recorded_requests(old) as requests:
        with pytest.raises(ServerTooOldError, match=version) as caught:
            call(old)
        assert requests == []
    assert "is 1.35.2" in str(caught.value)


@pytest.mark.parametrize("query", QUERIES)
def test_queries(old: Client, query: Callable[[], object]) -> None:
    with Session(old), recorded_requests(old) as requests:
        with pytest.raises(ServerTooOldError):
            query()
        assert requests == []


def test_an_explanation_has_no_profile(old: Client) -> None:
    create_all(old, [FeatureNote])
    with Session(old), recorded_requests(old) as requests:
        explained = FeatureNote.query.limit(1).explain()
    assert (explained.profile, requests) == ((), [])
    old.schema.delete_class("FeatureNote")


def test_the_version_is_read_once(server: Server) -> None:
    secret = AuthApiKey(server.api_key) if server.api_key is not None else None
    anything = Feature("anything", (1, 0, 0))
    with Client(server.url, auth_client_secret=secret, startup_period=None) as client:
        with recorded_requests(client) as requests:
            require(client.transport, anything)
            require(client.transport, anything)
        assert [request.url.rpartition("/")[2] for request in requests] == ["meta"]
    with Client(server.url, auth_client_secret=secret) as client, recorded_requests(client) as requests:
        require(client.transport, anything)
        assert requests == []


@pytest.mark.parametrize(
    ("version", "has_it"),
    [((1, 37, 14), False), ((1, 37, 15), True), ((1, 38, 7), False), ((1, 38, 8), True), ((1, 39, 0), True)],
)
def test_backports(version: tuple[int, int, int], has_it: bool) -> None:
    assert AND_CROSS.is_in(version) is has_it
