"""Lake Formation's own permissions, for accounts where IAM alone does not open the catalog."""

from collections.abc import Sequence

from aws_cdk import aws_lakeformation as lf
from constructs import Construct

from stacks.parts.access import allow
from stacks.parts.here import ACCOUNT
from stacks.parts.service_role import ServiceRole
from stacks.parts.zone_database import ZoneDatabase

READ, WRITE = ("DESCRIBE", "SELECT"), ("ALTER", "DELETE", "DROP", "INSERT")


class LakePermissions(Construct):
    """What Lake Formation must grant a role that reads tables of some databases and writes those of others."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role: ServiceRole,
        reads: Sequence[ZoneDatabase] = (),
        writes: Sequence[ZoneDatabase] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self._role = role
        for database in reads:
            self._grant(database, on_database=("DESCRIBE",), on_tables=READ)
        for database in writes:
            self._grant(database, on_database=("CREATE_TABLE", "DESCRIBE"), on_tables=(*READ, *WRITE))
        role.may(allow(["lakeformation:GetDataAccess"], on=["*"]), because="Lake Formation hands out data access by its own grants only.")

    def _grant(self, database: ZoneDatabase, *, on_database: Sequence[str], on_tables: Sequence[str]) -> None:
        here = lf.CfnPrincipalPermissions.DatabaseResourceProperty(catalog_id=ACCOUNT, name=database.name)
        tables = lf.CfnPrincipalPermissions.TableResourceProperty(catalog_id=ACCOUNT, database_name=database.name, table_wildcard={})
        for kind, resource, permissions in (
            ("Database", lf.CfnPrincipalPermissions.ResourceProperty(database=here), on_database),
            ("Tables", lf.CfnPrincipalPermissions.ResourceProperty(table=tables), on_tables),
        ):
            lf.CfnPrincipalPermissions(
                self,
                f"{database.node.id}{kind}",
                principal=lf.CfnPrincipalPermissions.DataLakePrincipalProperty(data_lake_principal_identifier=self._role.role_arn),
                resource=resource,
                permissions=list(permissions),
                permissions_with_grant_option=[],
            )
