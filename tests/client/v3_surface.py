"""The public names of weaviate-client 3.26.7, as facts: what programs written for it rely on.

Read from the package by ``inspect``. What only the package itself makes or calls is left out, and named in
docs/guides/v3.md.
"""

from __future__ import annotations

SIGNATURES = """
AuthClientCredentials(client_secret, scope=None)
AuthClientPassword(username, password, scope=None)
AuthBearerToken(access_token, expires_in=60, refresh_token=None)
AuthApiKey(api_key)
Backup.create(backup_id, backend, include_classes=None, exclude_classes=None, wait_for_completion=False)
Backup.get_create_status(backup_id, backend)
Backup.restore(backup_id, backend, include_classes=None, exclude_classes=None, wait_for_completion=False)
Backup.get_restore_status(backup_id, backend)
Shard(class_name, tenant=None)
WeaviateErrorRetryConf(number_retries=3, errors_to_exclude=None, errors_to_include=None)
Batch.__call__(batch_size=50, creation_time=None, timeout_retries=3, connection_error_retries=3,
    weaviate_error_retries=None, callback=..., dynamic=True, num_workers=1, consistency_level=None)
Batch.configure(batch_size=50, creation_time=None, timeout_retries=3, connection_error_retries=3,
    weaviate_error_retries=None, callback=..., dynamic=True, num_workers=1, consistency_level=None)
Batch.add_data_object(data_object, class_name, uuid=None, vector=None, tenant=None)
Batch.add_reference(from_object_uuid, from_object_class_name, from_property_name, to_object_uuid,
    to_object_class_name=None, tenant=None)
Batch.create_objects()
Batch.create_references()
Batch.flush()
Batch.delete_objects(class_name, where, output='minimal', dry_run=False, tenant=None)
Batch.num_objects()
Batch.num_references()
Batch.pop_object(index=-1)
Batch.pop_reference(index=-1)
Batch.empty_objects()
Batch.empty_references()
Batch.is_empty_objects()
Batch.is_empty_references()
Batch.start()
Batch.shutdown()
Batch.wait_for_vector_indexing(shards=None, how_many_failures=5)
Classification.schedule()
Classification.get(classification_uuid)
Classification.is_complete(classification_uuid)
Classification.is_failed(classification_uuid)
Classification.is_running(classification_uuid)
ConfigBuilder.with_type(classification_type)
ConfigBuilder.with_k(k)
ConfigBuilder.with_class_name(class_name)
ConfigBuilder.with_classify_properties(classify_properties)
ConfigBuilder.with_based_on_properties(based_on_properties)
ConfigBuilder.with_source_where_filter(where_filter)
ConfigBuilder.with_training_set_where_filter(where_filter)
ConfigBuilder.with_target_where_filter(where_filter)
ConfigBuilder.with_wait_for_completion()
ConfigBuilder.with_settings(settings)
ConfigBuilder.do()
Client(url=None, auth_client_secret=None, timeout_config=(10, 60), proxies=None, trust_env=False,
    additional_headers=None, startup_period=5, embedded_options=None, additional_config=None)
Client.is_ready()
Client.is_live()
Client.get_meta()
Client.get_open_id_configuration()
Cluster.get_nodes_status(class_name=None, output=None)
ConnectionConfig(session_pool_connections=20, session_pool_maxsize=20)
Config(grpc_port_experimental=None, connection_config=...)
Contextionary.extend(concept, definition, weight=1.0)
Contextionary.get_concept_vector(concept)
DataObject.create(data_object, class_name, uuid=None, vector=None, consistency_level=None, tenant=None)
DataObject.update(data_object, class_name, uuid, vector=None, consistency_level=None, tenant=None)
DataObject.replace(data_object, class_name, uuid, vector=None, consistency_level=None, tenant=None)
DataObject.get_by_id(uuid, additional_properties=None, with_vector=False, class_name=None, node_name=None,
    consistency_level=None, tenant=None)
DataObject.get(uuid=None, additional_properties=None, with_vector=False, class_name=None, node_name=None,
    consistency_level=None, limit=None, after=None, offset=None, sort=None, tenant=None)
DataObject.delete(uuid, class_name=None, consistency_level=None, tenant=None)
DataObject.exists(uuid, class_name=None, consistency_level=None, tenant=None)
DataObject.validate(data_object, class_name, uuid=None, vector=None)
Reference.delete(from_uuid, from_property_name, to_uuid, from_class_name=None, to_class_name=None,
    consistency_level=None, tenant=None)
Reference.update(from_uuid, from_property_name, to_uuids, from_class_name=None, to_class_names=None,
    consistency_level=None, tenant=None)
Reference.add(from_uuid, from_property_name, to_uuid, from_class_name=None, to_class_name=None,
    consistency_level=None, tenant=None)
EmbeddedOptions(persistence_data_path=..., binary_path=..., version='1.23.0', port=8079, hostname='127.0.0.1',
    additional_env_vars=None, grpc_port=50060)
EmbeddedDB(options)
EmbeddedDB.is_listening()
EmbeddedDB.start()
EmbeddedDB.stop()
EmbeddedDB.ensure_running()
AggregateBuilder.with_tenant(tenant)
AggregateBuilder.with_meta_count()
AggregateBuilder.with_object_limit(limit)
AggregateBuilder.with_limit(limit)
AggregateBuilder.with_fields(field)
AggregateBuilder.with_where(content)
AggregateBuilder.with_group_by_filter(properties)
AggregateBuilder.with_near_text(content)
AggregateBuilder.with_near_vector(content)
AggregateBuilder.with_near_object(content)
AggregateBuilder.with_near_image(content, encode=True)
AggregateBuilder.with_near_audio(content, encode=True)
AggregateBuilder.with_near_video(content, encode=True)
AggregateBuilder.with_near_depth(content, encode=True)
AggregateBuilder.with_near_thermal(content, encode=True)
AggregateBuilder.with_near_imu(content, encode=True)
AggregateBuilder.build()
AggregateBuilder.do()
LinkTo(link_on, linked_class, properties)
AdditionalProperties(uuid=False, vector=False, creationTimeUnix=False, lastUpdateTimeUnix=False, distance=False,
    certainty=False, score=False, explainScore=False)
GetBuilder.with_autocut(autocut)
GetBuilder.with_tenant(tenant)
GetBuilder.with_after(after_uuid)
GetBuilder.with_where(content)
GetBuilder.with_near_text(content)
GetBuilder.with_near_vector(content)
GetBuilder.with_near_object(content)
GetBuilder.with_near_image(content, encode=True)
GetBuilder.with_near_audio(content, encode=True)
GetBuilder.with_near_video(content, encode=True)
GetBuilder.with_near_depth(content, encode=True)
GetBuilder.with_near_thermal(content, encode=True)
GetBuilder.with_near_imu(content, encode=True)
GetBuilder.with_limit(limit)
GetBuilder.with_offset(offset)
GetBuilder.with_ask(content)
GetBuilder.with_additional(properties)
GetBuilder.with_sort(content)
GetBuilder.with_bm25(query, properties=None)
GetBuilder.with_hybrid(query, alpha=None, vector=None, properties=None, fusion_type=None)
GetBuilder.with_group_by(properties, groups, objects_per_group)
GetBuilder.with_generate(single_prompt=None, grouped_task=None, grouped_properties=None)
GetBuilder.with_alias(alias)
GetBuilder.with_consistency_level(consistency_level)
GetBuilder.build(wrap_get=True)
GetBuilder.do()
MultiGetBuilder.build()
MultiGetBuilder.do()
Query.get(class_name, properties=None)
Query.multi_get(get_builder)
Query.aggregate(class_name)
Query.raw(gql_query)
Tenant(name, activity_status=...)
Schema.create(schema)
Schema.create_class(schema_class)
Schema.delete_class(class_name)
Schema.delete_all()
Schema.exists(class_name)
Schema.contains(schema=None)
Schema.update_config(class_name, config)
Schema.get(class_name=None)
Schema.get_class_shards(class_name)
Schema.update_class_shard(class_name, status, shard_name=None)
Schema.add_class_tenants(class_name, tenants)
Schema.remove_class_tenants(class_name, tenants)
Schema.get_class_tenants(class_name)
Schema.update_class_tenants(class_name, tenants)
Property.create(schema_class_name, schema_property)
"""
"""Classes that users make, and methods; ``...`` is a default that is no literal, or a place of the user's home."""

FUNCTIONS = """
image_encoder_b64(image_or_image_path)
file_encoder_b64(file_or_file_path)
image_decoder_b64(encoded_image)
file_decoder_b64(encoded_file)
generate_local_beacon(to_uuid, class_name=None)
is_weaviate_object_url(url)
is_object_url(url)
get_valid_uuid(uuid)
get_vector(vector)
get_domain_from_weaviate_url(url)
generate_uuid5(identifier, namespace='')
check_batch_result(results)
is_weaviate_domain(url)
strip_newlines(s)
parse_version_string(ver_str)
is_weaviate_too_old(current_version_str)
is_weaviate_client_too_old(current_version_str, latest_version_str)
"""
"""Those of ``weaviate.util``."""

PROPERTIES = """
Batch.shape r
Batch.batch_size rw
Batch.dynamic rw
Batch.consistency_level rw
Batch.recommended_num_objects r
Batch.recommended_num_references r
Batch.creation_time rw
Batch.timeout_retries rw
Batch.connection_error_retries rw
Client.timeout_config rw
GetBuilder.name r
"""
"""Each may be read (r), and set (rw)."""

ENUMERATIONS = {
    "ConsistencyLevel": {"ALL": "ALL", "ONE": "ONE", "QUORUM": "QUORUM"},
    "HybridFusion": {"RANKED": "rankedFusion", "RELATIVE_SCORE": "relativeScoreFusion"},
    "TenantActivityStatus": {"HOT": "HOT", "COLD": "COLD"},
}

EXCEPTIONS = {
    "WeaviateBaseError": "",
    "UnexpectedStatusCodeException": "WeaviateBaseError",
    "ResponseCannotBeDecodedException": "WeaviateBaseError",
    "ObjectAlreadyExistsException": "WeaviateBaseError",
    "AuthenticationFailedException": "WeaviateBaseError",
    "SchemaValidationException": "WeaviateBaseError",
    "BackupFailedException": "WeaviateBaseError",
    "EmptyResponseException": "WeaviateBaseError",
    "MissingScopeException": "WeaviateBaseError",
    "AdditionalPropertiesException": "WeaviateBaseError",
    "WeaviateStartUpError": "WeaviateBaseError",
    "WeaviateEmbeddedInvalidVersion": "WeaviateBaseError",
}
"""Each with its base."""

PUBLIC = [
    "AdditionalProperties",
    "AuthApiKey",
    "AuthBearerToken",
    "AuthClientCredentials",
    "AuthClientPassword",
    "AuthenticationFailedException",
    "Client",
    "Config",
    "ConnectionConfig",
    "ConsistencyLevel",
    "EmbeddedOptions",
    "LinkTo",
    "ObjectAlreadyExistsException",
    "SchemaValidationException",
    "Shard",
    "Tenant",
    "TenantActivityStatus",
    "UnexpectedStatusCodeException",
    "WeaviateErrorRetryConf",
    "WeaviateStartUpError",
]
"""``weaviate.__all__``."""
