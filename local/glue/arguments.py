"""Glue's own job arguments: which the home obeys, which change nothing here, and which it refuses.

Everything else is the script's. What Glue's launcher consumes does not reach the script; a script on Glue gets
`--JOB_NAME`, `--JOB_ID` and `--JOB_RUN_ID` and its own arguments.
"""

import re
from dataclasses import dataclass

Arguments = dict[str, str]

DEFAULT_LOGS = "/aws-glue/jobs"

OBEYED = (
    "--conf",
    "--continuous-log-logGroup",
    "--continuous-log-logStreamPrefix",
    "--custom-logGroup-prefix",
    "--custom-logStream-prefix",
    "--datalake-formats",
    "--extra-py-files",
)
WITHOUT_EFFECT = (
    "--continuous-log-conversionPattern",
    "--enable-auto-scaling",
    "--enable-continuous-cloudwatch-log",
    "--enable-continuous-log-filter",
    "--enable-glue-datacatalog",
    "--enable-job-insights",
    "--enable-metrics",
    "--enable-observability-metrics",
    "--enable-s3-parquet-optimized-committer",
    "--enable-spark-ui",
    "--spark-event-logs-path",
    "--write-shuffle-files-to-s3",
)
HARMLESS = {"--job-language": "python", "--job-bookmark-option": "job-bookmark-disable"}
REFUSED = (
    "--additional-python-modules",
    "--class",
    "--customer-driver-env-vars",
    "--customer-executor-env-vars",
    "--executor-cores",
    "--extra-files",
    "--extra-jars",
    "--python-modules-installer-option",
    "--scriptLocation",
    "--user-jars-first",
)


@dataclass(frozen=True)
class Settings:
    """What Glue's own arguments ask of a run. Files are S3 addresses, `confs` Spark settings by key."""

    confs: dict[str, str]
    python_files: tuple[str, ...]
    iceberg: bool
    log_group: str
    log_group_prefix: str
    log_stream_prefix: str
    script: tuple[str, ...]


def merged(defaults: Arguments, given: Arguments, fixed: Arguments) -> Arguments:
    """Job defaults, overridden by the run's, overridden by those the job does not let a run override."""
    return {**defaults, **given, **fixed}


def refusal(arguments: Arguments) -> str:
    """Why the home cannot run a job with these arguments; empty if it can."""
    for name, value in arguments.items():
        if name in REFUSED or (name in HARMLESS and value != HARMLESS[name]):
            return f"the local home does not do {name} {value}".strip()
    formats = _listed(arguments.get("--datalake-formats", ""))
    return f"the local home has no table format but iceberg, not {', '.join(formats)}" if set(formats) - {"iceberg"} else ""


def read(arguments: Arguments) -> Settings:
    """Sort arguments into Glue's and the script's."""
    own = (*OBEYED, *WITHOUT_EFFECT, *HARMLESS)
    script = [part for name, value in arguments.items() if name not in own for part in (name, value)]
    return Settings(
        confs=_confs(arguments.get("--conf", "")),
        python_files=_listed(arguments.get("--extra-py-files", "")),
        iceberg="iceberg" in _listed(arguments.get("--datalake-formats", "")),
        log_group=arguments.get("--continuous-log-logGroup", ""),
        log_group_prefix=arguments.get("--custom-logGroup-prefix", DEFAULT_LOGS),
        log_stream_prefix=arguments.get("--custom-logStream-prefix", "") or arguments.get("--continuous-log-logStreamPrefix", ""),
        script=tuple(script),
    )


def _confs(text: str) -> dict[str, str]:
    """`a=b --conf c=d`, the form in which one Glue argument carries many settings."""
    pairs = (part.partition("=") for part in re.split(r"\s+--conf\s+", text.strip()) if part)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
