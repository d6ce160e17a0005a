"""The names, and the names and order of parameters, that code written for the v3 Python client relies on.

Read from weaviate-client 3.26.7. What is ours beyond them comes after, and is optional.
"""

from __future__ import annotations

import inspect
from functools import reduce

import pytest

from weaviate_orm import exceptions
from weaviate_orm.client.classifications import ConfigBuilder
from weaviate_orm.client.client import Client
from weaviate_orm.http.auth import AuthApiKey
from weaviate_orm.http.auth_oidc import AuthBearerToken, AuthClientCredentials, AuthClientPassword

SIGNATURES = {
    "Client.__init__": [
        "url",
        "auth_client_secret",
        "timeout_config",
        "proxies",
        "trust_env",
        "additional_headers",
        "startup_period",
        "embedded_options",
        "additional_config",
    ],
    "Client.is_ready": [],
    "Client.is_live": [],
    "Client.get_meta": [],
    "Client.get_open_id_configuration": [],
    "schema.create": ["schema"],
    "schema.create_class": ["schema_class"],
    "schema.delete_class": ["class_name"],
    "schema.delete_all": [],
    "schema.exists": ["class_name"],
    "schema.contains": ["schema"],
    "schema.update_config": ["class_name", "config"],
    "schema.get": ["class_name"],
    "schema.get_class_shards": ["class_name"],
    "schema.update_class_shard": ["class_name", "status", "shard_name"],
    "schema.add_class_tenants": ["class_name", "tenants"],
    "schema.remove_class_tenants": ["class_name", "tenants"],
    "schema.get_class_tenants": ["class_name"],
    "schema.update_class_tenants": ["class_name", "tenants"],
    "schema.property.create": ["schema_class_name", "schema_property"],
    "data_object.create": ["data_object", "class_name", "uuid", "vector", "consistency_level", "tenant"],
    "data_object.update": ["data_object", "class_name", "uuid", "vector", "consistency_level", "tenant"],
    "data_object.replace": ["data_object", "class_name", "uuid", "vector", "consistency_level", "tenant"],
    "data_object.get_by_id": [
        "uuid",
        "additional_properties",
        "with_vector",
        "class_name",
        "node_name",
        "consistency_level",
        "tenant",
    ],
    "data_object.get": [
        "uuid",
        "additional_properties",
        "with_vector",
        "class_name",
        "node_name",
        "consistency_level",
        "limit",
        "after",
        "offset",
        "sort",
        "tenant",
    ],
    "data_object.delete": ["uuid", "class_name", "consistency_level", "tenant"],
    "data_object.exists": ["uuid", "class_name", "consistency_level", "tenant"],
    "data_object.validate": ["data_object", "class_name", "uuid", "vector"],
    "data_object.reference.delete": [
        "from_uuid",
        "from_property_name",
        "to_uuid",
        "from_class_name",
        "to_class_name",
        "consistency_level",
        "tenant",
    ],
    "data_object.reference.update": [
        "from_uuid",
        "from_property_name",
        "to_uuids",
        "from_class_name",
        "to_class_names",
        "consistency_level",
        "tenant",
    ],
    "data_object.reference.add": [
        "from_uuid",
        "from_property_name",
        "to_uuid",
        "from_class_name",
        "to_class_name",
        "consistency_level",
        "tenant",
    ],
    "backup.create": ["backup_id", "backend", "include_classes", "exclude_classes", "wait_for_completion"],
    "backup.get_create_status": ["backup_id", "backend"],
    "backup.restore": ["backup_id", "backend", "include_classes", "exclude_classes", "wait_for_completion"],
    "backup.get_restore_status": ["backup_id", "backend"],
    "classification.schedule": [],
    "classification.get": ["classification_uuid"],
    "classification.is_complete": ["classification_uuid"],
    "classification.is_failed": ["classification_uuid"],
    "classification.is_running": ["classification_uuid"],
    "ConfigBuilder.with_type": ["classification_type"],
    "ConfigBuilder.with_k": ["k"],
    "ConfigBuilder.with_class_name": ["class_name"],
    "ConfigBuilder.with_classify_properties": ["classify_properties"],
    "ConfigBuilder.with_based_on_properties": ["based_on_properties"],
    "ConfigBuilder.with_source_where_filter": ["where_filter"],
    "ConfigBuilder.with_training_set_where_filter": ["where_filter"],
    "ConfigBuilder.with_target_where_filter": ["where_filter"],
    "ConfigBuilder.with_wait_for_completion": [],
    "ConfigBuilder.with_settings": ["settings"],
    "ConfigBuilder.do": [],
    "cluster.get_nodes_status": ["class_name", "output"],
    "contextionary.extend": ["concept", "definition", "weight"],
    "contextionary.get_concept_vector": ["concept"],
}

CREDENTIALS = {
    AuthApiKey: ["api_key"],
    AuthBearerToken: ["access_token", "expires_in", "refresh_token"],
    AuthClientPassword: ["username", "password", "scope"],
    AuthClientCredentials: ["client_secret", "scope"],
}

EXCEPTIONS = [
    "AdditionalPropertiesException",
    "AuthenticationFailedException",
    "BackupFailedException",
    "EmptyResponseException",
    "MissingScopeException",
    "ObjectAlreadyExistsException",
    "ResponseCannotBeDecodedException",
    "SchemaValidationException",
    "UnexpectedStatusCodeException",
    "WeaviateEmbeddedInvalidVersion",
    "WeaviateStartUpError",
]


@pytest.mark.parametrize(("name", "expected"), SIGNATURES.items())
def test_a_method_takes_what_it_took(name: str, expected: list[str]) -> None:
    unconnected = Client("http://127.0.0.1:9", startup_period=None)
    first, *rest = name.split(".")
    roots: dict[str, object] = {"Client": Client, "ConfigBuilder": ConfigBuilder}
    method = reduce(getattr, rest, roots[first]) if first in roots else reduce(getattr, [first, *rest], unconnected)
    parameters = {k: v for k, v in inspect.signature(method).parameters.items() if k != "self"}  # type: ignore[arg-type]
    assert list(parameters)[: len(expected)] == expected
    for parameter in list(parameters.values())[len(expected) :]:
        assert parameter.default is not inspect.Parameter.empty


@pytest.mark.parametrize(("kind", "expected"), CREDENTIALS.items())
def test_credentials_take_what_they_took(kind: type, expected: list[str]) -> None:
    assert list(inspect.signature(kind).parameters) == expected


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_in_our_tree(name: str) -> None:
    assert issubclass(getattr(exceptions, name), exceptions.WeaviateBaseError)
