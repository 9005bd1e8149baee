"""Everything SageMaker keeps, by kind and name, and the ARNs of it."""

from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

training_jobs = AccountRegionScopedDict()
transform_jobs = AccountRegionScopedDict()
models = AccountRegionScopedDict()
groups = AccountRegionScopedDict()
packages = AccountRegionScopedDict()
configs = AccountRegionScopedDict()
endpoints = AccountRegionScopedDict()

GOING_ON = ("InProgress", "Stopping")
KINDS: dict[str, AccountRegionScopedDict] = {
    "training-job": training_jobs,
    "transform-job": transform_jobs,
    "model": models,
    "model-package-group": groups,
    "model-package": packages,
    "endpoint-config": configs,
    "endpoint": endpoints,
}


def arn(kind: str, name: str) -> str:
    """The ARN of something of SageMaker's, whose names are in small letters there."""
    shown = name if kind.startswith("model-package") else name.lower()
    return f"arn:aws:sagemaker:{get_region()}:{get_account_id()}:{kind}/{shown}"


def going_on() -> frozenset[str]:
    """The training and transform jobs, of every account and region, that are not at their end."""
    every = [*list(training_jobs._data.values()), *list(transform_jobs._data.values())]
    return frozenset(each["_arn"] for each in every if (each.get("TrainingJobStatus") or each["TransformJobStatus"]) in GOING_ON)


def name_of(given: str) -> str:
    """A name, of a name or an ARN."""
    return given.partition("/")[2] if given.startswith("arn:") else given


def find_by_arn(resource: str) -> dict[str, Any] | None:
    """What has this ARN."""
    kind = resource.rpartition(":")[2].partition("/")[0]
    return next((each for each in KINDS.get(kind, {}).values() if each["_arn"] == resource), None)


def shown(record: dict[str, Any]) -> dict[str, Any]:
    """A record without what only the home needs to know."""
    return {name: value for name, value in record.items() if not name.startswith("_")}
