"""A call of the client for each operation of Weaviate's REST interface, by the operation's method and path.

Operations are those of the description that the server serves as ``/v1/swagger.json``; deprecated ones are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from weaviate_orm.client.client import Client
from weaviate_orm.client.permissions import permission

ID = str(UUID(int=1))
READ = permission("read_data")
WHERE = {"path": ["a"], "operator": "Equal", "valueText": "a"}


def create_objects(client: Client) -> None:
    client.batch.configure(batch_size=None, callback=None)
    client.batch.add_data_object({}, "A")
    client.batch.create_objects()


def create_references(client: Client) -> None:
    client.batch.configure(batch_size=None, callback=None)
    client.batch.add_reference(ID, "A", "r", ID, "A")
    client.batch.create_references()


def classify(client: Client) -> None:
    schedule = client.classification.schedule().with_type("knn").with_class_name("A").with_k(1)
    schedule.with_classify_properties(["r"]).with_based_on_properties(["a"]).do()


NOT_OURS = {
    "GET /": "links to the other operations",
    "POST /mcp": "the protocol of language models",
    "GET /mcp": "the protocol of language models",
    "DELETE /mcp": "the protocol of language models",
}
"""Operations that the client leaves out, and why."""

CALLS: dict[str, Callable[[Client], Any]] = {
    "GET /.well-known/live": lambda c: c.is_live(),
    "GET /.well-known/openid-configuration": lambda c: c.get_open_id_configuration(),
    "GET /.well-known/ready": lambda c: c.is_ready(),
    "POST /aggregate/{collection}": lambda c: c.aggregate.count("A"),
    "GET /aliases": lambda c: c.alias.list_all(),
    "POST /aliases": lambda c: c.alias.create(alias_name="B", target_collection="A"),
    "GET /aliases/{aliasName}": lambda c: c.alias.get(alias_name="B"),
    "PUT /aliases/{aliasName}": lambda c: c.alias.update(alias_name="B", new_target_collection="A"),
    "DELETE /aliases/{aliasName}": lambda c: c.alias.delete(alias_name="B"),
    "GET /authz/groups/{groupType}": lambda c: c.groups.oidc.get_known_group_names(),
    "POST /authz/groups/{id}/assign": lambda c: c.groups.oidc.assign_roles(group_id="g", role_names="r"),
    "POST /authz/groups/{id}/revoke": lambda c: c.groups.oidc.revoke_roles(group_id="g", role_names="r"),
    "GET /authz/groups/{id}/roles/{groupType}": lambda c: c.groups.oidc.get_assigned_roles(group_id="g"),
    "GET /authz/roles": lambda c: c.roles.list_all(),
    "POST /authz/roles": lambda c: c.roles.create(role_name="r", permissions=READ),
    "GET /authz/roles/{id}": lambda c: c.roles.get("r"),
    "DELETE /authz/roles/{id}": lambda c: c.roles.delete("r"),
    "POST /authz/roles/{id}/add-permissions": lambda c: c.roles.add_permissions(permissions=READ, role_name="r"),
    "GET /authz/roles/{id}/group-assignments": lambda c: c.roles.get_group_assignments("r"),
    "POST /authz/roles/{id}/has-permission": lambda c: c.roles.has_permissions(permissions=READ, role="r"),
    "POST /authz/roles/{id}/remove-permissions": lambda c: c.roles.remove_permissions(permissions=READ, role_name="r"),
    "GET /authz/roles/{id}/user-assignments": lambda c: c.roles.get_user_assignments("r"),
    "POST /authz/users/{id}/assign": lambda c: c.users.db.assign_roles(user_id="u", role_names="r"),
    "POST /authz/users/{id}/revoke": lambda c: c.users.oidc.revoke_roles(user_id="u", role_names="r"),
    "GET /authz/users/{id}/roles/{userType}": lambda c: c.users.db.get_assigned_roles(user_id="u"),
    "POST /backups/{backend}": lambda c: c.backup.create("b", "s3"),
    "GET /backups/{backend}": lambda c: c.backup.list_backups("s3"),
    "GET /backups/{backend}/{id}": lambda c: c.backup.get_create_status("b", "s3"),
    "DELETE /backups/{backend}/{id}": lambda c: c.backup.cancel("b", "s3"),
    "POST /backups/{backend}/{id}/restore": lambda c: c.backup.restore("b", "s3"),
    "GET /backups/{backend}/{id}/restore": lambda c: c.backup.get_restore_status("b", "s3"),
    "DELETE /backups/{backend}/{id}/restore": lambda c: c.backup.cancel("b", "s3", operation="restore"),
    "POST /batch/objects": create_objects,
    "DELETE /batch/objects": lambda c: c.batch.delete_objects("A", WHERE),
    "POST /batch/references": create_references,
    "POST /classifications/": classify,
    "GET /classifications/{id}": lambda c: c.classification.get(ID),
    "GET /cluster/statistics": lambda c: c.cluster.statistics(),
    "POST /experimental/export-db-users": lambda c: c.users.db.export_users(),
    "POST /experimental/import-db-users": lambda c: c.users.db.import_users(users=[]),
    "POST /export/{backend}": lambda c: c.export.create(export_id="e", backend="s3"),
    "GET /export/{backend}/{id}": lambda c: c.export.get_status(export_id="e", backend="s3"),
    "DELETE /export/{backend}/{id}": lambda c: c.export.cancel(export_id="e", backend="s3"),
    "POST /graphql": lambda c: c.query.raw("{}"),
    "POST /graphql/batch": lambda c: c.query.raw_batch(["{}"]),
    "GET /meta": lambda c: c.get_meta(),
    "GET /namespaces": lambda c: c.namespaces.list_all(),
    "POST /namespaces/{namespace_id}": lambda c: c.namespaces.create(name="n"),
    "GET /namespaces/{namespace_id}": lambda c: c.namespaces.get(name="n"),
    "PUT /namespaces/{namespace_id}": lambda c: c.namespaces.update(name="n", home_node="n1"),
    "DELETE /namespaces/{namespace_id}": lambda c: c.namespaces.delete(name="n"),
    "POST /namespaces/{namespace_id}/resume": lambda c: c.namespaces.resume(name="n"),
    "POST /namespaces/{namespace_id}/suspend": lambda c: c.namespaces.suspend(name="n"),
    "GET /nodes": lambda c: c.cluster.get_nodes_status(),
    "GET /nodes/{className}": lambda c: c.cluster.get_nodes_status("A"),
    "GET /objects": lambda c: c.data_object.get(),
    "POST /objects": lambda c: c.data_object.create({}, "A"),
    "POST /objects/validate": lambda c: c.data_object.validate({}, "A"),
    "GET /objects/{className}/{id}": lambda c: c.data_object.get_by_id(ID, class_name="A"),
    "DELETE /objects/{className}/{id}": lambda c: c.data_object.delete(ID, "A"),
    "PUT /objects/{className}/{id}": lambda c: c.data_object.replace({}, "A", ID),
    "PATCH /objects/{className}/{id}": lambda c: c.data_object.update({}, "A", ID),
    "HEAD /objects/{className}/{id}": lambda c: c.data_object.exists(ID, "A"),
    "POST /objects/{className}/{id}/references/{propertyName}": lambda c: c.data_object.reference.add(
        ID, "r", ID, "A", "A"
    ),
    "PUT /objects/{className}/{id}/references/{propertyName}": lambda c: c.data_object.reference.update(
        ID, "r", ID, "A", "A"
    ),
    "DELETE /objects/{className}/{id}/references/{propertyName}": lambda c: c.data_object.reference.delete(
        ID, "r", ID, "A", "A"
    ),
    "POST /replication/replicate": lambda c: c.replication.replicate(
        collection="A", shard="s", source_node="n1", target_node="n2"
    ),
    "DELETE /replication/replicate": lambda c: c.replication.delete_all(),
    "POST /replication/replicate/force-delete": lambda c: c.replication.force_delete(uuid=ID),
    "GET /replication/replicate/list": lambda c: c.replication.list_all(),
    "GET /replication/replicate/{id}": lambda c: c.replication.get(uuid=ID),
    "DELETE /replication/replicate/{id}": lambda c: c.replication.delete(uuid=ID),
    "POST /replication/replicate/{id}/cancel": lambda c: c.replication.cancel(uuid=ID),
    "GET /replication/scale": lambda c: c.replication.get_scale_plan(collection="A", replication_factor=2),
    "POST /replication/scale": lambda c: c.replication.apply_scale_plan({}),
    "GET /replication/sharding-state": lambda c: c.replication.query_sharding_state(collection="A"),
    "GET /schema": lambda c: c.schema.get(),
    "POST /schema": lambda c: c.schema.create_class({"class": "A"}),
    "GET /schema/{className}": lambda c: c.schema.get("A"),
    "DELETE /schema/{className}": lambda c: c.schema.delete_class("A"),
    "PUT /schema/{className}": lambda c: c.schema.update_config("A", {}),
    "GET /schema/{className}/indexes": lambda c: c.schema.get_property_indexes("A"),
    "POST /schema/{className}/properties": lambda c: c.schema.add_property("A", {}),
    "PUT /schema/{className}/properties/{propertyName}/index/{indexName}": lambda c: c.schema.update_property_index(
        "A", "a", "searchable"
    ),
    "DELETE /schema/{className}/properties/{propertyName}/index/{indexName}": lambda c: c.schema.delete_property_index(
        "A", "a", "searchable"
    ),
    "POST /schema/{className}/properties/{propertyName}/index/{indexName}/cancel": lambda c: (
        c.schema.cancel_property_index_task("A", "a", "searchable")
    ),
    "POST /schema/{className}/properties/{propertyName}/index/{indexName}/rebuild": lambda c: (
        c.schema.rebuild_property_index("A", "a", "searchable")
    ),
    "POST /schema/{className}/properties/{propertyName}/tokenize": lambda c: c.tokenize.for_property("A", "a", "x"),
    "GET /schema/{className}/shards": lambda c: c.schema.get_class_shards("A"),
    "PUT /schema/{className}/shards/{shardName}": lambda c: c.schema.update_class_shard("A", "READY", "s"),
    "GET /schema/{className}/tenants": lambda c: c.tenants.get("A"),
    "POST /schema/{className}/tenants": lambda c: c.tenants.create("A", "t"),
    "PUT /schema/{className}/tenants": lambda c: c.tenants.activate("A", "t"),
    "DELETE /schema/{className}/tenants": lambda c: c.tenants.remove("A", "t"),
    "HEAD /schema/{className}/tenants/{tenantName}": lambda c: c.tenants.exists("A", "t"),
    "GET /schema/{className}/tenants/{tenantName}": lambda c: c.tenants.get_by_name("A", "t"),
    "DELETE /schema/{className}/vectors/{vectorIndexName}/index": lambda c: c.schema.delete_vector_index("A", "v"),
    "POST /search/{collection}/bm25": lambda c: c.search.bm25("A", "x"),
    "POST /search/{collection}/hybrid": lambda c: c.search.hybrid("A", "x"),
    "POST /search/{collection}/near-object": lambda c: c.search.near_object("A", ID),
    "POST /search/{collection}/near-text": lambda c: c.search.near_text("A", "x"),
    "GET /tasks": lambda c: c.tasks.list_all(),
    "POST /tokenize": lambda c: c.tokenize.text("x", "word"),
    "GET /users/db": lambda c: c.users.db.list_all(),
    "GET /users/db/{user_id}": lambda c: c.users.db.get(user_id="u"),
    "POST /users/db/{user_id}": lambda c: c.users.db.create(user_id="u"),
    "DELETE /users/db/{user_id}": lambda c: c.users.db.delete(user_id="u"),
    "POST /users/db/{user_id}/activate": lambda c: c.users.db.activate(user_id="u"),
    "POST /users/db/{user_id}/deactivate": lambda c: c.users.db.deactivate(user_id="u"),
    "POST /users/db/{user_id}/rotate-key": lambda c: c.users.db.rotate_key(user_id="u"),
    "GET /users/own-info": lambda c: c.users.get_my_user(),
}
