"""The settings of one environment: read from the context in `cdk.json`, checked before anything is built."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from constructs import Node

LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653)
LAKE_FORMATION = ("ignore", "grant")
SCHEMA_POLICIES = ("additive", "strict")
TRAINING_INSTANCES = ("ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge", "ml.m5.4xlarge", "ml.c5.xlarge", "ml.c5.2xlarge")
ENDPOINTS = ("none", "serverless", "instance")
ENDPOINT_MEMORY = (1024, 2048, 3072, 4096, 5120, 6144)
ENDPOINT_INSTANCES = ("ml.t2.medium", "ml.m5.large", "ml.m5.xlarge", "ml.c5.large", "ml.c5.xlarge")
WORKER_TYPES = ("G.025X", "G.1X", "G.2X", "G.4X", "G.8X")
NAME = re.compile(r"[a-z][a-z0-9]{1,11}")
CRON = re.compile(r"\S+( \S+){5}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class SettingError(ValueError):
    """A setting that cannot work: says which environment and field, the value found and the values allowed."""


def _rule(allowed: str, *, accepts: Callable[[Any], bool], **default: Any) -> Any:
    return field(metadata={"allowed": allowed, "accepts": accepts}, **default)


def _whole(low: int, *, to: int, **default: Any) -> Any:
    return _rule(f"a whole number from {low} to {to}", accepts=lambda value: type(value) is int and low <= value <= to, **default)


def _seconds(value: object) -> bool:
    return type(value) is int and (value == 0 or 20 <= value <= 300)


def _one_of(values: tuple[Any, ...], **default: Any) -> Any:
    listed = ", ".join(str(value) for value in values)
    return _rule(f"one of {listed}", accepts=lambda value: any(type(value) is type(each) and value == each for each in values), **default)


def _text(what: str, *, pattern: re.Pattern[str], **default: Any) -> Any:
    def accepts(value: object) -> bool:
        return isinstance(value, str) and (not value or bool(pattern.fullmatch(value)))

    return _rule(f"{what}, or empty for none", accepts=accepts, **default)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One environment. Days are calendar days, `scan_limit_mb` is 10^6 bytes per query, `schedule` six cron fields in UTC.

    `arrival_seconds` is how long files that arrive are collected before they start a run (0: they start none).
    `lake_formation` is "grant" in accounts where Lake Formation's own permissions are asked for besides IAM's.
    `late_hours` without a successful run are an alarm; 0 asks for none (24 hours of a daily schedule, and two for the run itself, are 26).
    Maintenance keeps snapshots of tables for `snapshot_days`, at least `min_snapshots`, and files that none names for `orphan_days`.
    `monthly_budget_usd` is what the whole account may cost a month before somebody is told; 0 asks for no budget.
    `segments` deploys Keyspaces, the models of `lakemill/models` and their flows; `approve_models` lets a model that passes its gate go
    live without a person's word.
    `model_endpoint` has the live version of each model answer single requests: `serverless` costs nothing while nobody asks and has
    `endpoint_memory_mb` and at most `endpoint_concurrency` requests at once; `instance` costs by the hour and has `endpoint_instances` of
    `endpoint_instance`, of whose requests and answers `endpoint_capture_percent` are kept. `endpoint_isolated` takes the served model's
    network and credentials away; AWS does that on instances only.
    Data is destroyed with its stack only if `keep_data` is false and `erase_key` names this environment (`-c erase=<env>`).
    """

    env: str = _rule("2 to 12 lower case letters and digits, a letter first", accepts=lambda value: bool(NAME.fullmatch(str(value))))
    keep_data: bool = _one_of((True, False))
    erase_key: str = _text("the name of an environment", pattern=NAME, default="")
    raw_ia_days: int = _whole(30, to=3650, default=60)
    raw_glacier_days: int = _whole(60, to=3650, default=180)
    old_version_days: int = _whole(1, to=365, default=30)
    log_days: int = _one_of(LOG_DAYS)
    result_days: int = _whole(1, to=3650)
    quarantine_days: int = _whole(1, to=3650)
    key_waiting_days: int = _whole(7, to=30)
    scan_limit_mb: int = _whole(10, to=7_000_000)
    worker_type: str = _one_of(WORKER_TYPES)
    workers: int = _whole(2, to=299)
    job_minutes: int = _whole(5, to=2880)
    schedule: str = _text("six cron fields such as 0 3 * * ? *", pattern=CRON)
    lake_formation: str = _one_of(LAKE_FORMATION, default="ignore")
    notice_email: str = _text("an e-mail address", pattern=EMAIL)
    schema_policy: str = _one_of(SCHEMA_POLICIES)
    max_quarantine_percent: int = _whole(0, to=100)
    late_hours: int = _whole(0, to=168)
    arrival_seconds: int = _rule("0 (off) or a whole number from 20 to 300", accepts=_seconds, default=0)
    maintenance_schedule: str = _text("six cron fields such as 0 1 * * ? *", pattern=CRON, default="")
    snapshot_days: int = _whole(1, to=3650, default=7)
    min_snapshots: int = _whole(1, to=1000, default=5)
    orphan_days: int = _whole(3, to=365, default=7)
    crawl_schedule: str = _text("six cron fields such as 30 3 * * ? *", pattern=CRON, default="")
    monthly_budget_usd: int = _whole(0, to=1_000_000, default=0)
    segments: bool = _one_of((True, False), default=False)
    approve_models: bool = _one_of((True, False), default=True)
    training_instance: str = _one_of(TRAINING_INSTANCES, default="ml.m5.large")
    model_endpoint: str = _one_of(ENDPOINTS, default="none")
    endpoint_memory_mb: int = _one_of(ENDPOINT_MEMORY, default=2048)
    endpoint_concurrency: int = _whole(1, to=200, default=5)
    endpoint_instance: str = _one_of(ENDPOINT_INSTANCES, default="ml.t2.medium")
    endpoint_instances: int = _whole(1, to=10, default=1)
    endpoint_capture_percent: int = _whole(0, to=100, default=0)
    endpoint_isolated: bool = _one_of((True, False), default=True)

    def __post_init__(self) -> None:
        for each in fields(self):
            self._check(each)
        for name, allowed in self._clashes():
            raise SettingError(_complaint(self.env, name=name, value=getattr(self, name), allowed=allowed))

    def _clashes(self) -> Iterator[tuple[str, str]]:
        """Settings that others forbid, with what is allowed beside those."""
        if self.raw_glacier_days < self.raw_ia_days + 30:
            allowed = f"at least raw_ia_days + 30 = {self.raw_ia_days + 30}, as S3 keeps objects in Infrequent Access for 30 days"
            yield "raw_glacier_days", allowed
        if self.model_endpoint != "none" and not self.segments:
            yield "model_endpoint", "none where segments is False, as there is no model to serve"
        if self.model_endpoint == "serverless":
            where = "where model_endpoint is 'serverless', as AWS"
            if self.endpoint_isolated:
                yield "endpoint_isolated", f"False {where} has no network isolation there"
            if self.endpoint_capture_percent:
                yield "endpoint_capture_percent", f"0 {where} captures no requests there"

    def _check(self, each: Field[Any]) -> None:
        value = getattr(self, each.name)
        if not each.metadata["accepts"](value):
            raise SettingError(_complaint(self.env, name=each.name, value=value, allowed=each.metadata["allowed"]))

    @property
    def erasable(self) -> bool:
        """Whether data goes with its stack: both keys are turned."""
        return not self.keep_data and self.erase_key == self.env


def _complaint(env: object, *, name: str, value: object, allowed: str) -> str:
    return f"cdk.json, environment {env!r}: {name} is {value!r}; allowed is {allowed}"


def read(node: Node) -> Settings:
    """The settings chosen by `-c env=` (dev if absent) among `environments` in the context, with the key given by `-c erase=`."""
    environments: Mapping[str, Mapping[str, Any]] = node.try_get_context("environments") or {}
    if not environments:
        raise SettingError("no environments in the context: run through `cdk`, which reads them from cdk.json")
    env, erase_key = node.try_get_context("env") or "dev", node.try_get_context("erase") or ""
    for option, value in (("env", env), ("erase", erase_key or env)):
        if value not in environments:
            raise SettingError(f"-c {option}={value}: no such environment in cdk.json; allowed is one of {', '.join(environments)}")
    return from_values(env=env, erase_key=erase_key, values=environments[env])


def from_values(*, env: str, erase_key: str, values: Mapping[str, Any]) -> Settings:
    """Settings out of plain values; SettingError names unknown and missing fields with the known ones."""
    own = {each.name for each in fields(Settings)} - {"env", "erase_key"}
    for name in sorted(values.keys() - own):
        raise SettingError(_complaint(env, name=name, value=values[name], allowed=f"one of the fields {', '.join(sorted(own))}"))
    missing = sorted(each.name for each in fields(Settings) if each.name in own and _required(each) and each.name not in values)
    if missing:
        raise SettingError(f"cdk.json, environment {env!r}: {', '.join(missing)} missing; every environment states its own")
    return Settings(env=env, erase_key=erase_key, **values)


def _required(each: Field[Any]) -> bool:
    return each.default is MISSING
