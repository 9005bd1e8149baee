"""A Glue database over one zone."""

from aws_cdk import aws_glue as glue
from constructs import Construct

from stacks.parts.keeping import fate
from stacks.parts.place import Place


def database_name(env: str, *, zone: str) -> str:
    """The name of a zone's database, for who must know it without a reference."""
    return f"lakemill_{env}_{zone}"


class ZoneDatabase(Construct):
    """Database `name` whose tables lie in `place`. Both are what a reader of its tables needs."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, place: Place, erasable: bool) -> None:
        super().__init__(scope, construct_id)
        self.place = place
        database = glue.Database(
            self,
            "Database",
            database_name=name,
            location_uri=place.url,
            # Dropping a database drops its tables, and with them the only pointers to Iceberg's current metadata.
            removal_policy=fate(erasable=erasable),
        )
        self.name = database.database_name
