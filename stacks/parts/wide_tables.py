"""Tables of Amazon Keyspaces under the data key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.parts.access import allow
from stacks.parts.here import arn
from stacks.parts.keeping import fate
from stacks.parts.service_role import Permission


@dataclass(frozen=True, kw_only=True)
class TableShape:
    """A table: its columns with CQL types, and which of them are its key."""

    name: str
    columns: Mapping[str, str]
    partition: Sequence[str]
    clustering: Sequence[str]


class WideTables(Construct):
    """A keyspace and its tables: paid by request, restorable to any moment, encrypted with our key."""

    def __init__(
        self, scope: Construct, construct_id: str, *, keyspace: str, tables: Sequence[TableShape], key: kms.IKey, erasable: bool
    ) -> None:
        super().__init__(scope, construct_id)
        from aws_cdk import aws_cassandra as cassandra  # few environments have any

        self.keyspace = keyspace
        space = cassandra.CfnKeyspace(self, "Keyspace", keyspace_name=keyspace)
        space.apply_removal_policy(fate(erasable=erasable))
        for each in tables:
            table = cassandra.CfnTable(
                self,
                each.name,
                keyspace_name=keyspace,
                table_name=each.name,
                partition_key_columns=[_column(cassandra, each, name) for name in each.partition],
                clustering_key_columns=[
                    cassandra.CfnTable.ClusteringKeyColumnProperty(column=_column(cassandra, each, name), order_by="ASC")
                    for name in each.clustering
                ],
                regular_columns=[
                    _column(cassandra, each, name) for name in each.columns if name not in (*each.partition, *each.clustering)
                ],
                billing_mode=cassandra.CfnTable.BillingModeProperty(mode="ON_DEMAND"),
                point_in_time_recovery_enabled=True,
                encryption_specification=cassandra.CfnTable.EncryptionSpecificationProperty(
                    encryption_type="CUSTOMER_MANAGED_KMS_KEY", kms_key_identifier=key.key_arn
                ),
            )
            table.add_resource_dependency(space)
            table.apply_removal_policy(fate(erasable=erasable))


def use_wide_tables(keyspace: str, *, reads: Sequence[str] = (), writes: Sequence[str] = ()) -> list[Permission]:
    """Reading or writing tables, each named, and the system's tables, which every driver reads when it connects."""
    own = {name: arn("cassandra", resource=f"/keyspace/{keyspace}/table/{name}") for name in (*reads, *writes)}
    permissions = [allow(["cassandra:Select"], on=[*(own[name] for name in reads), arn("cassandra", resource="/keyspace/system*")])]
    return permissions + ([allow(["cassandra:Modify"], on=[own[name] for name in writes])] if writes else [])


def _column(cassandra: Any, shape: TableShape, name: str) -> Any:
    return cassandra.CfnTable.ColumnProperty(column_name=name, column_type=shape.columns[name])
