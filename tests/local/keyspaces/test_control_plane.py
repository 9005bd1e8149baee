"""The control plane: boto3's `keyspaces`, under IAM, and the same tables in CQL."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cassandra import AlreadyExists, InvalidRequest

from tests.local.conftest import allow, until
from tests.local.keyspaces.conftest import ARN, SCHEMA, Keyspaces


def error(call: Callable[..., Any], **asked: Any) -> str:
    with pytest.raises(ClientError) as found:
        call(**asked)
    return f"{found.value.response['Error']['Code']}: {found.value.response['Error']['Message']}"


def test_a_table_has_what_it_was_made_with(keyspaces: Keyspaces) -> None:
    key = keyspaces.home.client("kms").create_key()["KeyMetadata"]["Arn"]
    keyspaces.table(
        "full",
        comment={"message": "it's full"},
        encryptionSpecification={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": key},
        pointInTimeRecovery={"status": "ENABLED"},
        capacitySpecification={"throughputMode": "PROVISIONED", "readCapacityUnits": 3, "writeCapacityUnits": 4},
        defaultTimeToLive=3600,
        tags=[{"key": "a", "value": "1"}],
    )
    found = keyspaces.api.get_table(keyspaceName="shop", tableName="full")
    assert found["resourceArn"] == f"{ARN}shop/table/full"
    assert found["schemaDefinition"]["partitionKeys"] == [{"name": "invoice"}]
    assert found["schemaDefinition"]["clusteringKeys"] == [{"name": "line", "orderBy": "ASC"}]
    assert {c["name"]: c["type"] for c in found["schemaDefinition"]["allColumns"]} == {
        "invoice": "text",
        "line": "int",
        "description": "text",
    }
    assert found["encryptionSpecification"] == {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": key}
    assert found["capacitySpecification"] == {"throughputMode": "PROVISIONED", "readCapacityUnits": 3, "writeCapacityUnits": 4}
    assert (found["pointInTimeRecovery"]["status"], found["defaultTimeToLive"], found["ttl"]) == ("ENABLED", 3600, {"status": "ENABLED"})
    assert found["comment"] == {"message": "it's full"}
    assert keyspaces.api.list_tags_for_resource(resourceArn=found["resourceArn"])["tags"] == [{"key": "a", "value": "1"}]


def test_a_table_without_its_key_is_closed(keyspaces: Keyspaces, cql: Any) -> None:
    kms = keyspaces.home.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    keyspaces.table("locked", encryptionSpecification={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": key})
    cql.execute("INSERT INTO shop.locked (invoice, line) VALUES ('a', 1)")
    kms.disable_key(KeyId=key)

    def closed() -> bool:
        try:
            cql.execute("SELECT line FROM shop.locked")
        except InvalidRequest as found:
            return "is inaccessible" in str(found)
        return False

    until(closed)
    assert keyspaces.api.get_table(keyspaceName="shop", tableName="locked")["status"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    kms.enable_key(KeyId=key)
    until(lambda: not closed())
    assert cql.execute("SELECT line FROM shop.locked").one().line == 1


@pytest.mark.parametrize("state", ["missing", "disabled"])
def test_a_table_cannot_have_a_key_that_does_not_work(keyspaces: Keyspaces, state: str) -> None:
    kms = keyspaces.home.client("kms")
    key = "arn:aws:kms:eu-west-1:000000000000:key/11111111-2222-3333-4444-555555555555"
    if state == "disabled":
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.disable_key(KeyId=key)
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": key}
    made = {"keyspaceName": "shop", "tableName": "keyless", "schemaDefinition": SCHEMA, "encryptionSpecification": encryption}
    assert error(keyspaces.api.create_table, **made).startswith("ValidationException: The KMS key")


def test_a_customer_key_takes_rights_on_it(keyspaces: Keyspaces, make_role: Callable[..., str]) -> None:
    key = keyspaces.home.client("kms").create_key()["KeyMetadata"]["Arn"]
    api = keyspaces.home.as_role("keyspaces", make_role("shop-maker", allow("cassandra:*", on=f"{ARN}*")))
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": key}
    made = {"keyspaceName": "shop", "tableName": "keyed", "schemaDefinition": SCHEMA, "encryptionSpecification": encryption}
    assert f"is not authorized to perform: kms:DescribeKey on resource: {key}" in error(api.create_table, **made)


def test_updates_are_seen_in_cql(keyspaces: Keyspaces, cql: Any) -> None:
    keyspaces.table("grown")
    keyspaces.api.update_table(keyspaceName="shop", tableName="grown", addColumns=[{"name": "country", "type": "text"}])
    keyspaces.active("grown")
    keyspaces.api.update_table(keyspaceName="shop", tableName="grown", pointInTimeRecovery={"status": "ENABLED"}, defaultTimeToLive=60)
    keyspaces.active("grown")
    cql.execute("INSERT INTO shop.grown (invoice, line, country) VALUES ('a', 1, 'Norway')")
    row = cql.execute("SELECT country, ttl(country) AS left FROM shop.grown").one()
    assert row.country == "Norway"
    assert 0 < row.left <= 60
    told = "SELECT custom_properties FROM system_schema_mcs.tables WHERE keyspace_name = 'shop' AND table_name = 'grown'"
    assert dict(cql.execute(told).one().custom_properties)["point_in_time_recovery"] == {"status": "enabled"}


def test_tables_by_cql_are_asynchronous_and_in_the_control_plane(keyspaces: Keyspaces, cql: Any) -> None:
    cql.execute(
        "CREATE TABLE shop.by_cql (a text, b int, PRIMARY KEY (a)) WITH comment = 'mine' AND CUSTOM_PROPERTIES = "
        "{'capacity_mode': {'throughput_mode': 'PAY_PER_REQUEST'}, 'point_in_time_recovery': {'status': 'enabled'}} AND TAGS = {'k': 'v'}"
    )
    told = "SELECT status FROM system_schema_mcs.tables WHERE keyspace_name = 'shop' AND table_name = 'by_cql'"
    assert cql.execute(told).one().status in ("CREATING", "ACTIVE")
    until(lambda: cql.execute(told).one().status == "ACTIVE")
    found = keyspaces.api.get_table(keyspaceName="shop", tableName="by_cql")
    assert (found["pointInTimeRecovery"]["status"], found["comment"]["message"]) == ("ENABLED", "mine")
    assert keyspaces.api.list_tags_for_resource(resourceArn=found["resourceArn"])["tags"] == [{"key": "k", "value": "v"}]
    with pytest.raises(AlreadyExists):
        cql.execute("CREATE TABLE shop.by_cql (a text PRIMARY KEY)")
    cql.execute("CREATE TABLE IF NOT EXISTS shop.by_cql (a text PRIMARY KEY)")
    cql.execute("DROP TABLE IF EXISTS shop.never")
    with pytest.raises(InvalidRequest, match="Unknown custom property"):
        cql.execute("CREATE TABLE shop.odd (a text PRIMARY KEY) WITH CUSTOM_PROPERTIES = {'speed': {'mode': 'fast'}}")
    cql.execute("DROP TABLE shop.by_cql")
    until(lambda: "by_cql" not in [t["tableName"] for t in keyspaces.api.list_tables(keyspaceName="shop")["tables"]])


def test_a_table_that_is_being_made_cannot_be_used(keyspaces: Keyspaces, cql: Any) -> None:
    keyspaces.api.create_table(keyspaceName="shop", tableName="young", schemaDefinition=SCHEMA)
    assert keyspaces.api.get_table(keyspaceName="shop", tableName="young")["status"] in ("CREATING", "ACTIVE")
    keyspaces.active("young")
    keyspaces.api.delete_table(keyspaceName="shop", tableName="young")
    gone = "ResourceNotFoundException: Table not found: shop.young"
    until(lambda: _is_gone(keyspaces, "young"))
    assert error(keyspaces.api.get_table, keyspaceName="shop", tableName="young") == gone
    with pytest.raises(InvalidRequest):
        cql.execute("SELECT * FROM shop.young")


def _is_gone(keyspaces: Keyspaces, name: str) -> bool:
    return name not in [t["tableName"] for t in keyspaces.api.list_tables(keyspaceName="shop")["tables"]]


def test_keyspaces_are_listed_with_those_of_the_system(keyspaces: Keyspaces) -> None:
    found = {each["keyspaceName"]: each["resourceArn"] for each in keyspaces.api.list_keyspaces()["keyspaces"]}
    assert found["shop"] == f"{ARN}shop/"
    assert {"system", "system_schema", "system_schema_mcs"} <= set(found)
    assert keyspaces.api.list_tags_for_resource(resourceArn=found["shop"])["tags"] == [{"key": "team", "value": "retail"}]


def test_errors_have_aws_s_names(keyspaces: Keyspaces) -> None:
    api = keyspaces.api
    assert error(api.get_keyspace, keyspaceName="nowhere").startswith("ResourceNotFoundException")
    assert error(api.create_keyspace, keyspaceName="shop").startswith("ConflictException")
    assert error(api.create_keyspace, keyspaceName="system_mine").startswith("ValidationException")
    assert error(api.create_table, keyspaceName="shop", tableName="lines", schemaDefinition=SCHEMA).startswith("ConflictException")
    broken = {"allColumns": [{"name": "a", "type": "text"}], "partitionKeys": [{"name": "b"}]}
    assert error(api.create_table, keyspaceName="shop", tableName="broken", schemaDefinition=broken).startswith("ValidationException")
    evil = {"allColumns": [{"name": "a", "type": "text); DROP TABLE shop.lines"}], "partitionKeys": [{"name": "a"}]}
    assert error(api.create_table, keyspaceName="shop", tableName="evil", schemaDefinition=evil).startswith("ValidationException")
    replicas = [{"region": "eu-west-2"}]
    made = {"keyspaceName": "shop", "tableName": "wide", "schemaDefinition": SCHEMA, "replicaSpecifications": replicas}
    assert "the local home does not do this" in error(api.create_table, **made)


def test_the_control_plane_asks_iam_for_keyspaces_own_rights(keyspaces: Keyspaces, make_role: Callable[..., str]) -> None:
    api = keyspaces.home.as_role("keyspaces", make_role("shop-reader", allow("cassandra:Select", on=f"{ARN}shop/table/lines")))
    assert api.get_table(keyspaceName="shop", tableName="lines")["status"] == "ACTIVE"
    who = "User: arn:aws:sts::000000000000:assumed-role/shop-reader/test is not authorized to perform: "
    assert f"{who}cassandra:Select on resource: {ARN}shop/" in error(api.get_keyspace, keyspaceName="shop")
    assert f"{who}cassandra:Drop on resource: {ARN}shop/table/lines" in error(api.delete_table, keyspaceName="shop", tableName="lines")
    made = {"keyspaceName": "shop", "tableName": "mine", "schemaDefinition": SCHEMA}
    assert f"{who}cassandra:Create on resource: {ARN}shop/table/mine" in error(api.create_table, **made)
