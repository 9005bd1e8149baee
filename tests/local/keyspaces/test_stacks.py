"""AWS::Cassandra::Keyspace and AWS::Cassandra::Table: made, changed, kept from replacement, and gone with their stack."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import until
from tests.local.keyspaces.conftest import Keyspaces

Template = dict[str, Any]
KEY_POLICY = {
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}]
}


def template(**table: Any) -> Template:
    properties = {
        "KeyspaceName": {"Ref": "Space"},
        "TableName": "segments",
        "PartitionKeyColumns": [{"ColumnName": "customer", "ColumnType": "int"}],
        "ClusteringKeyColumns": [{"Column": {"ColumnName": "run", "ColumnType": "timeuuid"}, "OrderBy": "DESC"}],
        "RegularColumns": [{"ColumnName": "segment", "ColumnType": "text"}],
        "BillingMode": {"Mode": "ON_DEMAND"},
        "PointInTimeRecoveryEnabled": True,
        "EncryptionSpecification": {"EncryptionType": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyIdentifier": {"Fn::GetAtt": ["Key", "Arn"]}},
        **table,
    }
    return {
        "Resources": {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY}},
            "Space": {
                "Type": "AWS::Cassandra::Keyspace",
                "Properties": {"KeyspaceName": "models", "Tags": [{"Key": "env", "Value": "dev"}]},
            },
            "Table": {"Type": "AWS::Cassandra::Table", "Properties": properties},
            "Kept": {
                "Type": "AWS::Cassandra::Table",
                "DeletionPolicy": "Retain",
                "Properties": {
                    "KeyspaceName": "shop",
                    "TableName": "kept",
                    "PartitionKeyColumns": [{"ColumnName": "a", "ColumnType": "text"}],
                },
            },
        },
        "Outputs": {"Space": {"Value": {"Ref": "Space"}}, "Table": {"Value": {"Ref": "Table"}}},
    }


class Stack:
    """One stack, deployed again and again."""

    def __init__(self, keyspaces: Keyspaces) -> None:
        self.client = keyspaces.home.client("cloudformation")

    def put(self, content: Template, *, change: bool = True) -> dict[str, Any]:
        call = self.client.update_stack if change else self.client.create_stack
        call(StackName="keyspaces", TemplateBody=json.dumps(content))
        return dict(until(self.ended, seconds=120))

    def ended(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self.client.describe_stacks(StackName="keyspaces")["Stacks"][0]
        except ClientError:
            return {"StackStatus": "DELETE_COMPLETE"}
        return None if found["StackStatus"].endswith("IN_PROGRESS") else found

    def reasons(self) -> str:
        events = self.client.describe_stack_events(StackName="keyspaces")["StackEvents"]
        return " ".join(e["ResourceStatusReason"] for e in events if e["ResourceStatus"].endswith("FAILED"))


@pytest.fixture(scope="module")
def stack(keyspaces: Keyspaces) -> Stack:
    made = Stack(keyspaces)
    assert made.put(template(), change=False)["StackStatus"] == "CREATE_COMPLETE", made.reasons()
    return made


def test_a_stack_makes_keyspaces_and_tables(keyspaces: Keyspaces, stack: Stack, cql: Any) -> None:
    ended = stack.ended()
    assert ended is not None
    assert {o["OutputKey"]: o["OutputValue"] for o in ended["Outputs"]} == {"Space": "models", "Table": "models|segments"}
    found = keyspaces.api.get_table(keyspaceName="models", tableName="segments")
    assert found["status"] == "ACTIVE"
    assert found["schemaDefinition"]["clusteringKeys"] == [{"name": "run", "orderBy": "DESC"}]
    assert found["pointInTimeRecovery"]["status"] == "ENABLED"
    assert found["encryptionSpecification"]["type"] == "CUSTOMER_MANAGED_KMS_KEY"
    tags = keyspaces.api.list_tags_for_resource(resourceArn=keyspaces.api.get_keyspace(keyspaceName="models")["resourceArn"])["tags"]
    assert {"key": "env", "value": "dev"} in tags
    cql.execute("INSERT INTO models.segments (customer, run, segment) VALUES (1, now(), 'champions')")
    assert cql.execute("SELECT segment FROM models.segments").one().segment == "champions"


def test_an_update_adds_columns_and_changes_properties_in_place(keyspaces: Keyspaces, stack: Stack, cql: Any) -> None:
    more = [{"ColumnName": "segment", "ColumnType": "text"}, {"ColumnName": "score", "ColumnType": "double"}]
    changed = template(RegularColumns=more, DefaultTimeToLive=86400, Tags=[{"Key": "env", "Value": "prod"}])
    assert stack.put(changed)["StackStatus"] == "UPDATE_COMPLETE", stack.reasons()
    cql.execute("INSERT INTO models.segments (customer, run, score) VALUES (2, now(), 0.5)")
    found = keyspaces.api.get_table(keyspaceName="models", tableName="segments")
    assert found["defaultTimeToLive"] == 86400
    assert {"key": "env", "value": "prod"} in keyspaces.api.list_tags_for_resource(resourceArn=found["resourceArn"])["tags"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"PartitionKeyColumns": [{"ColumnName": "customer", "ColumnType": "bigint"}]}, "custom-named resource requires replacing"),
        ({"RegularColumns": [{"ColumnName": "segment", "ColumnType": "int"}]}, "columns can be added"),
        ({"CdcSpecification": {"Status": "ENABLED"}}, "the local home does not do CdcSpecification"),
    ],
)
def test_what_would_lose_data_is_refused_and_rolled_back(stack: Stack, cql: Any, change: Template, says: str) -> None:
    assert stack.put(template(**change))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert says in stack.reasons()
    assert cql.execute("SELECT customer FROM models.segments").all()


def test_a_stack_takes_its_keyspaces_and_tables_with_it_and_leaves_what_it_must_keep(keyspaces: Keyspaces, stack: Stack) -> None:
    stack.client.delete_stack(StackName="keyspaces")
    ended = until(stack.ended, seconds=120)
    assert ended["StackStatus"] == "DELETE_COMPLETE", stack.reasons()
    assert "models" not in [k["keyspaceName"] for k in keyspaces.api.list_keyspaces()["keyspaces"]]
    assert keyspaces.api.get_table(keyspaceName="shop", tableName="kept")["status"] == "ACTIVE"
