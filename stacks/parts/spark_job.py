"""Glue jobs that run one Spark script over Iceberg tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from aws_cdk import aws_glue as glue
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks.parts.access import LOG_ACTIONS, allow, use_key
from stacks.parts.encrypted_logs import EncryptedLogs
from stacks.parts.service_role import Permission, ServiceRole
from stacks.parts.spans import minutes

CATALOG = "spark.sql.catalog.glue_catalog"


@dataclass(frozen=True, kw_only=True)
class JobRuntime:
    """What all jobs of an environment share. Log groups begin with `log_prefix`; a run may take `minutes`."""

    library: assets.Asset
    security: glue.SecurityConfiguration
    key: kms.IKey
    log_prefix: str
    log_days: int
    worker_type: str
    workers: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class JobTask:
    """What one job does: a script with its arguments. Tables lie in `warehouse` (an s3:// address) unless their database says otherwise.

    `libraries` are zips of pure Python that this job needs besides the one of all jobs.
    """

    script: Path
    arguments: Mapping[str, str]
    warehouse: str
    libraries: Sequence[Path] = ()


class SparkJob(Construct):
    """A job with its own role and log groups."""

    def __init__(self, scope: Construct, construct_id: str, *, task: JobTask, runtime: JobRuntime) -> None:
        super().__init__(scope, construct_id)
        code = assets.Asset(self, "Script", path=str(task.script))
        self.role = ServiceRole(self, "Role", service="glue", description=f"Runs {task.script.name}")
        own = [assets.Asset(self, f"Library{place}", path=str(each)) for place, each in enumerate(task.libraries, 1)]
        self.role.may(_fetch(code, runtime.library, *own), self._log(runtime), *use_key(runtime.key))
        self.job = glue.PySparkEtlJob(
            self,
            "Job",
            description=f"{task.script.name}: Spark over Iceberg tables",
            role=self.role.without_policy_updates(),
            script=_code(code),
            extra_python_files=[_code(each) for each in (runtime.library, *own)],
            glue_version=glue.GlueVersion.V5_1,
            worker_configuration=glue.WorkerConfiguration(
                worker_type=glue.WorkerType(runtime.worker_type.replace(".", "_")), number_of_workers=runtime.workers
            ),
            timeout=minutes(runtime.minutes),
            max_retries=0,
            max_concurrent_runs=1,
            security_configuration=runtime.security,
            continuous_logging=glue.ContinuousLoggingProps(enabled=True),
            enable_metrics=False,
            enable_observability_metrics=False,
            default_arguments={**task.arguments, **_spark(task.warehouse), "--custom-logGroup-prefix": runtime.log_prefix},
        )

    def _log(self, runtime: JobRuntime) -> Permission:
        # Glue names the groups of jobs with a security configuration itself; declared here they have a retention and go with the stack.
        root = f"{runtime.log_prefix}/{runtime.security.security_configuration_name}-role/{self.role.role_name}"
        groups = [
            EncryptedLogs(self, f"{kind.capitalize()}Logs", key=runtime.key, days=runtime.log_days, name=f"{root}/{kind}").group
            for kind in ("error", "output")
        ]
        return allow(LOG_ACTIONS, on=[group.log_group_arn for group in groups])


# Kept because all jobs have the library, and each answer is asked of the CDK's process.
@lru_cache(maxsize=32)
def _where(asset: assets.Asset) -> tuple[s3.IBucket, str]:
    return asset.bucket, asset.s3_object_key


@lru_cache(maxsize=32)
def _code(asset: assets.Asset) -> glue.Code:
    return glue.Code.from_bucket(*_where(asset))


@lru_cache(maxsize=32)
def _arn(asset: assets.Asset) -> str:
    bucket, key = _where(asset)
    return bucket.arn_for_objects(key)


def _fetch(*files: assets.Asset) -> Permission:
    return allow(["s3:GetObject"], on=[_arn(each) for each in files])


def _spark(warehouse: str) -> dict[str, str]:
    confs = {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        CATALOG: "org.apache.iceberg.spark.SparkCatalog",
        f"{CATALOG}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{CATALOG}.warehouse": warehouse,
        "spark.sql.session.timeZone": "UTC",
        # Java never compiles methods of more than 8,000 bytes: beyond them Spark is to write smaller ones. Rows kept for a moment are
        # not worth packing. Together they halve the time of a load (docs/benchmarks.md).
        "spark.sql.codegen.hugeMethodLimit": "8000",
        "spark.sql.inMemoryColumnarStorage.compressed": "false",
    }
    return {"--datalake-formats": "iceberg", "--conf": " --conf ".join(f"{key}={value}" for key, value in confs.items())}
