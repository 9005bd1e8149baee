"""Stage train: what every model needs, and the jobs that bring data to models and their answers back."""

from dataclasses import replace
from pathlib import Path

from constructs import Construct

from lakemill import models
from lakemill.learning import Model
from lakemill.wide import LOADS, keyspace_name
from stacks.catalog import Catalog
from stacks.parts.access import list_objects, read_objects, use_tables
from stacks.parts.clearing import Clearing
from stacks.parts.here import REGION
from stacks.parts.job_security import JobSecurity
from stacks.parts.lake_permissions import LakePermissions
from stacks.parts.model_home import ModelHome, ModelTask
from stacks.parts.place import Place
from stacks.parts.spark_job import JobTask, SparkJob
from stacks.parts.title import title
from stacks.parts.wide_tables import use_wide_tables
from stacks.process import ANY_TABLE, ROOT, SCRIPTS, Process, made
from stacks.settings import Settings
from stacks.stage import Stage
from stacks.storage import Storage

ASSETS = ROOT / ".local" / "assets"
DRIVER = ASSETS / "keyspaces.zip"


class Train(Stage):
    """Jobs `export` (Keyspaces to cleaned) and `keep` (answers of models to curated and Keyspaces), and the `homes` of models."""

    def __init__(self, scope: Construct, *, settings: Settings, storage: Storage, catalog: Catalog, process: Process) -> None:
        super().__init__(scope, settings=settings, stage="train", description="Lakemill: models and what they need")
        self._settings, self._storage, self._catalog = settings, storage, catalog
        name = f"lakemill-{settings.env}-learning"
        self._runtime = replace(process.runtime, security=JobSecurity(self, "JobSecurity", name=name, key=storage.key).configuration)
        self.keyspace, self.curated = keyspace_name(settings.env), catalog.curated
        self.homes = {name: self._home(model) for name, model in models.declared().items()}
        self.export = self._export()
        self.keep = self._keep()
        if settings.lake_formation == "grant":
            LakePermissions(self, "ExportLake", role=self.export.role, writes=[catalog.cleaned])
            LakePermissions(self, "KeepLake", role=self.keep.role, writes=[catalog.curated])
        if settings.erasable:
            Clearing(self, "Clearing", homes=self.homes, key=storage.key, days=settings.log_days)
        self.tell_kept(settings, kept=[each.group for each in self.homes.values()])
        self.tell({"ExportJob": self.export.job.job_name, "KeepJob": self.keep.job.job_name})

    def _home(self, model: Model) -> ModelHome:
        task = ModelTask(
            name=model.name,
            code=Path(made(ASSETS / "training" / f"{model.name}.tar.gz")),
            image=model.image,
            place=Place(self._storage.models, f"{model.name}/"),
            key=self._storage.key,
            serves=self._settings.model_endpoint != "none",
        )
        group = f"lakemill-{self._settings.env}-{model.name.replace('_', '-')}"
        return ModelHome(self, title(model.name), task=task, group=group, erasable=self._settings.erasable)

    def _job(self, name: str, *, script: str, arguments: dict[str, str], warehouse: str) -> SparkJob:
        shared = {"--keyspace": self.keyspace, "--region": REGION}
        task = JobTask(script=SCRIPTS / script, arguments={**shared, **arguments}, warehouse=warehouse, libraries=(Path(made(DRIVER)),))
        return SparkJob(self, name, task=task, runtime=self._runtime)

    def _export(self) -> SparkJob:
        cleaned = self._catalog.cleaned
        arguments = {"--cleaned_database": cleaned.name}
        job = self._job("Export", script="keyspaces_to_cleaned.py", arguments=arguments, warehouse=cleaned.place.url)
        tables = [each.table for each in models.sources()]
        job.role.may(*use_tables(writes=[cleaned]), *use_wide_tables(self.keyspace, reads=[*tables, LOADS.name]), because=ANY_TABLE)
        return job

    def _keep(self) -> SparkJob:
        curated, bucket, learned = self._catalog.curated, self._storage.models, models.declared()
        arguments = {"--curated_database": curated.name}
        job = self._job("Keep", script="models_to_curated.py", arguments=arguments, warehouse=curated.place.url)
        tables = [each.name for model in learned.values() for each in (model.by_row(), model.by_group())]
        job.role.may(*use_tables(writes=[curated]), *use_wide_tables(self.keyspace, writes=tables), because=ANY_TABLE)
        answers = [Place(bucket, f"{name}/*/answers") for name in learned]  # S3A asks for the folder itself as well
        job.role.may(*list_objects(Place(bucket)), *(each for place in answers for each in read_objects(place)), because=ANY_TABLE)
        return job
