"""Stage process: the jobs that take data from zone to zone."""

from pathlib import Path

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks.catalog import Catalog
from stacks.parts.access import list_objects, maintain_tables, read_objects, use_tables, write_objects
from stacks.parts.job_security import JobSecurity
from stacks.parts.lake_permissions import LakePermissions
from stacks.parts.metric_permission import put_metrics
from stacks.parts.place import Place
from stacks.parts.privacy_key import PrivacyKey
from stacks.parts.spark_job import JobRuntime, JobTask, SparkJob
from stacks.settings import Settings
from stacks.stage import Stage
from stacks.storage import Storage

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "glue_scripts"
LIBRARY = ROOT / ".local" / "assets" / "glue.zip"
PUBLISHED = "published/"

ANY_TABLE = "Datasets are declared later and Iceberg names its files itself: the wildcard covers tables and objects of one zone."


class AssetMissingError(FileNotFoundError):
    """An asset that the build step makes is not there."""


class Process(Stage):
    """Jobs `clean` (raw to cleaned), `curate` (cleaned to curated) and `maintain` (all their tables)."""

    def __init__(self, scope: Construct, *, settings: Settings, storage: Storage, catalog: Catalog) -> None:
        super().__init__(scope, settings=settings, stage="process", description="Lakemill: jobs from zone to zone")
        self.runtime = runtime = self._runtime(settings, key=storage.key)
        self.cleaned, self.log_prefix = catalog.cleaned, runtime.log_prefix
        self._privacy = PrivacyKey(self, "Privacy", key=storage.key, erasable=settings.erasable)
        self.clean = self._clean(runtime, settings=settings, storage=storage, catalog=catalog)
        self.curate = self._curate(runtime, storage=storage, catalog=catalog)
        self.maintain = self._maintain(runtime, settings=settings, catalog=catalog)
        if settings.lake_formation == "grant":
            LakePermissions(self, "CleanLake", role=self.clean.role, writes=[catalog.cleaned, catalog.quarantine])
            LakePermissions(self, "CurateLake", role=self.curate.role, reads=[catalog.cleaned], writes=[catalog.curated])
            LakePermissions(self, "MaintainLake", role=self.maintain.role, writes=[catalog.cleaned, catalog.quarantine, catalog.curated])
        jobs = {"CleanJob": self.clean, "CurateJob": self.curate, "MaintainJob": self.maintain}
        self.tell({**{name: each.job.job_name for name, each in jobs.items()}, "JobLogGroup": runtime.log_prefix})
        self.tell_kept(settings, kept=[self._privacy.arn])

    def _runtime(self, settings: Settings, *, key: kms.IKey) -> JobRuntime:
        name = f"lakemill-{settings.env}-jobs"
        return JobRuntime(
            library=assets.Asset(self, "Library", path=made(LIBRARY)),
            security=JobSecurity(self, "JobSecurity", name=name, key=key).configuration,
            key=key,
            log_prefix=f"/lakemill/{settings.env}/jobs",
            log_days=settings.log_days,
            worker_type=settings.worker_type,
            workers=settings.workers,
            minutes=settings.job_minutes,
        )

    def _clean(self, runtime: JobRuntime, *, settings: Settings, storage: Storage, catalog: Catalog) -> SparkJob:
        arguments = {
            "--raw_bucket": storage.raw.bucket_name,
            "--cleaned_database": catalog.cleaned.name,
            "--quarantine_database": catalog.quarantine.name,
            "--schema_policy": settings.schema_policy,
            "--quarantine_days": str(settings.quarantine_days),
            "--environment": settings.env,
        }
        script = SCRIPTS / "raw_to_cleaned.py"
        task = JobTask(script=script, arguments=arguments, warehouse=catalog.cleaned.place.url)
        job = SparkJob(self, "Clean", task=task, runtime=runtime)
        raw = Place(storage.raw)
        job.role.may(*list_objects(raw), *read_objects(raw), because=ANY_TABLE)
        job.role.may(*use_tables(writes=[catalog.cleaned, catalog.quarantine]), because=ANY_TABLE)
        put_metrics(job.role)
        return job

    def _curate(self, runtime: JobRuntime, *, storage: Storage, catalog: Catalog) -> SparkJob:
        arguments = {
            "--cleaned_database": catalog.cleaned.name,
            "--curated_database": catalog.curated.name,
            "--curated_bucket": storage.curated.bucket_name,
            "--privacy_secret": self._privacy.arn,
        }
        script = SCRIPTS / "cleaned_to_curated.py"
        task = JobTask(script=script, arguments=arguments, warehouse=catalog.curated.place.url)
        job = SparkJob(self, "Curate", task=task, runtime=runtime)
        job.role.may(*use_tables(reads=[catalog.cleaned], writes=[catalog.curated]), because=ANY_TABLE)
        published = Place(storage.curated, PUBLISHED)
        job.role.may(*list_objects(published), *write_objects(published), self._privacy.reading, because=ANY_TABLE)
        return job

    def _maintain(self, runtime: JobRuntime, *, settings: Settings, catalog: Catalog) -> SparkJob:
        arguments = {
            "--cleaned_database": catalog.cleaned.name,
            "--curated_database": catalog.curated.name,
            "--quarantine_database": catalog.quarantine.name,
            "--snapshot_days": str(settings.snapshot_days),
            "--min_snapshots": str(settings.min_snapshots),
            "--orphan_days": str(settings.orphan_days),
        }
        task = JobTask(script=SCRIPTS / "maintain_tables.py", arguments=arguments, warehouse=catalog.cleaned.place.url)
        job = SparkJob(self, "Maintain", task=task, runtime=runtime)
        looked_after = [catalog.cleaned, catalog.quarantine, catalog.curated]
        job.role.may(*maintain_tables(looked_after, record=catalog.cleaned), because=ANY_TABLE)
        return job


def made(asset: Path) -> str:
    """The path of an asset that the build step made; AssetMissingError tells how to make it."""
    if not asset.exists():
        raise AssetMissingError(
            f"{asset.relative_to(ROOT)} is missing: run `python tools/bundle.py`, or `cdk`, whose build command in cdk.json does it"
        )
    return str(asset)
