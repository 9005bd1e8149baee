"""Stage storage: the key and a bucket per zone."""

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.parts.data_key import DataKey
from stacks.parts.emptying import EmptyingLogs
from stacks.parts.spans import days as span
from stacks.parts.zone import AccessLogs, Protection, Zone, expire
from stacks.settings import Settings
from stacks.stage import Stage


class Storage(Stage):
    """Buckets `raw`, `cleaned`, `curated`, `quarantine`, `results` and `logs`, and the `key` they lie under."""

    def __init__(self, scope: Construct, *, settings: Settings) -> None:
        super().__init__(scope, settings=settings, stage="storage", description="Lakemill: where data lies")
        self.key = DataKey(self, "DataKey", erasable=settings.erasable, waiting_days=settings.key_waiting_days).key
        self.logs = AccessLogs(self, "Logs", days=settings.log_days, erasable=settings.erasable).bucket
        shared = Protection(
            key=self.key,
            access_logs=self.logs,
            old_version_days=settings.old_version_days,
            erasable=settings.erasable,
        )
        self.raw = Zone(self, "Raw", protection=shared, rules=[_cooling(settings)], announces=True).bucket
        self.cleaned = Zone(self, "Cleaned", protection=shared).bucket
        self.curated = Zone(self, "Curated", protection=shared).bucket
        self.quarantine = Zone(self, "Quarantine", protection=shared).bucket  # the cleaning job lets its rows expire
        self.results = Zone(self, "Results", protection=shared, rules=[expire(settings.result_days)]).bucket
        zones = ["raw", "cleaned", "curated", "quarantine", "results", "logs"]
        wide: list[str] = []
        if settings.segments:
            self.models = Zone(self, "Models", protection=shared).bucket
            wide = self._keep_wide(settings)
            zones.append("models")
        buckets = {zone: getattr(self, zone) for zone in zones}
        if settings.erasable:
            EmptyingLogs(self, "Emptying", buckets=list(buckets.values()), key=self.key, days=settings.log_days)
        self.tell({f"{zone.capitalize()}Bucket": bucket.bucket_name for zone, bucket in buckets.items()})
        self.tell_kept(settings, kept=[*(bucket.bucket_name for bucket in buckets.values()), self.key.key_arn, *wide])

    def _keep_wide(self, settings: Settings) -> list[str]:
        """Keyspace and tables, each by the name that people know it by."""
        from lakemill.models import wide_tables
        from lakemill.wide import keyspace_name
        from stacks.parts.wide_tables import TableShape, WideTables

        shapes = [TableShape(name=t.name, columns=t.columns, partition=t.partition, clustering=t.clustering) for t in wide_tables()]
        keyspace = keyspace_name(settings.env)
        WideTables(self, "Wide", keyspace=keyspace, tables=shapes, key=self.key, erasable=settings.erasable)
        self.tell({"Keyspace": keyspace})
        return [keyspace, *(f"{keyspace}.{each.name}" for each in shapes)]


def _cooling(settings: Settings) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="cool",
        transitions=[
            s3.Transition(storage_class=s3.StorageClass.INFREQUENT_ACCESS, transition_after=span(settings.raw_ia_days)),
            s3.Transition(storage_class=s3.StorageClass.GLACIER, transition_after=span(settings.raw_glacier_days)),
        ],
    )
