"""The model registry: groups, their numbered packages, and what was decided about each."""

import threading
import time

from local.sagemaker import events, listing, shapes, stores, tags
from local.sagemaker.answers import Data, Refused, not_at_home
from local.sagemaker.stores import groups, packages

GROUP, PACKAGE = "model-package-group", "model-package"
PENDING = "PendingManualApproval"
CHANGED = ("ModelApprovalStatus", "ApprovalDescription", "SourceUri", "ModelCard", "ModelLifeCycle", "ModelPackageRegistrationType")
SUMMARY = (
    "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn", "ModelPackageDescription", "CreationTime", "ModelPackageStatus",
    "ModelApprovalStatus",
)  # fmt: skip
_numbering = threading.Lock()


def create_group(data: Data) -> Data:
    """CreateModelPackageGroup."""
    name = data["ModelPackageGroupName"]
    arn = stores.arn(GROUP, name)
    tags.check(data, arn)
    if name in groups:
        raise Refused(f"Model Package Group already exists: {arn}")
    record: Data = {"ModelPackageGroupArn": arn, "CreationTime": time.time(), "CreatedBy": {}, "ModelPackageGroupStatus": "Completed"}
    kept: Data = {key: data[key] for key in ("ModelPackageGroupName", "ModelPackageGroupDescription") if key in data}
    groups[name] = {**kept, **record, "_arn": arn, "_tags": data.get("Tags") or [], "_last": 0}
    return {"ModelPackageGroupArn": arn}


def describe_group(data: Data) -> Data:
    """DescribeModelPackageGroup."""
    return stores.shown(_group(data["ModelPackageGroupName"]))


def delete_group(data: Data) -> Data:
    """DeleteModelPackageGroup: only an empty one."""
    group = _group(data["ModelPackageGroupName"])
    inside = [each["ModelPackageArn"] for each in _of(group["ModelPackageGroupName"])]
    if inside:
        said = f"Model Package Group cannot be deleted: {group['_arn']} because it still contains Model Packages: {inside}"
        raise Refused(said, code="ConflictException")
    del groups[group["ModelPackageGroupName"]]
    return {}


def list_groups(data: Data) -> Data:
    """ListModelPackageGroups."""
    kept = ("ModelPackageGroupName", "ModelPackageGroupArn", "ModelPackageGroupDescription", "CreationTime", "ModelPackageGroupStatus")
    return listing.page(groups.values(), data, name="ModelPackageGroupName").answer("ModelPackageGroupSummaryList", kept)


def create(data: Data) -> Data:
    """CreateModelPackage: the next version in a group."""
    if not data.get("ModelPackageGroupName"):
        raise not_at_home("a model package outside a group")
    for name in ("ValidationSpecification", "SourceAlgorithmSpecification", "CertifyForMarketplace"):
        if data.get(name):
            raise not_at_home(f"{name} of a model package")
    if not data.get("InferenceSpecification"):
        raise Refused("InferenceSpecification must be provided to create a model package.")
    group = _group(data["ModelPackageGroupName"])
    tags.check(data, stores.arn(PACKAGE, f"{group['ModelPackageGroupName']}/*"))
    with _numbering:
        again = next(
            (each for each in _of(group["ModelPackageGroupName"]) if each["_token"] and each["_token"] == data.get("ClientToken")), None
        )
        if again is not None:
            return {"ModelPackageArn": again["ModelPackageArn"]}
        group["_last"] += 1
        record = _made(data, group, version=group["_last"])
        packages[f"{group['ModelPackageGroupName']}/{group['_last']}"] = record
    events.package(record)
    return {"ModelPackageArn": record["ModelPackageArn"]}


def update(data: Data) -> Data:
    """UpdateModelPackage: approval, its words, and metadata."""
    record = package(data["ModelPackageArn"])
    properties = {**record.get("CustomerMetadataProperties", {}), **(data.get("CustomerMetadataProperties") or {})}
    for name in data.get("CustomerMetadataPropertiesToRemove") or ():
        properties.pop(name, None)
    if data.get("AdditionalInferenceSpecificationsToAdd") or data.get("InferenceSpecification"):
        raise not_at_home("other inference specifications of a model package that exists")
    record.update({key: data[key] for key in CHANGED if key in data})
    record.update(LastModifiedTime=time.time(), **({"CustomerMetadataProperties": properties} if properties else {}))
    events.package(record)
    return {"ModelPackageArn": record["ModelPackageArn"]}


def describe(data: Data) -> Data:
    """DescribeModelPackage."""
    record = package(data["ModelPackageName"])
    return {name: record[name] for name in shapes.modelled("DescribeModelPackage") if name in record}


def delete(data: Data) -> Data:
    """DeleteModelPackage."""
    record = package(data["ModelPackageName"])
    del packages[f"{record['ModelPackageGroupName']}/{record['ModelPackageVersion']}"]
    return {}


def list_packages(data: Data) -> Data:
    """ListModelPackages: the versions of a group; without a group only packages outside groups, of which there are none."""
    found: list[Data] = []
    if data.get("ModelPackageGroupName") or data.get("ModelPackageType") in ("Versioned", "Both"):
        name = data.get("ModelPackageGroupName")
        found = _of(_group(name)["ModelPackageGroupName"]) if name else list(packages.values())
    wanted = data.get("ModelApprovalStatus")
    kept = [each for each in found if wanted in (None, each["ModelApprovalStatus"])]
    return listing.page(kept, data, name="ModelPackageVersion").answer("ModelPackageSummaryList", SUMMARY)


def package(named: str) -> Data:
    """The package of an ARN or of GROUP/VERSION. Raises Refused."""
    record: Data | None = packages.get(stores.name_of(named))
    if record is None:
        arn = named if named.startswith("arn:") else stores.arn(PACKAGE, named)
        raise Refused(f"ModelPackage {arn} does not exist.")
    return record


def _made(data: Data, group: Data, *, version: int) -> Data:
    name = group["ModelPackageGroupName"]
    arn = stores.arn(PACKAGE, f"{name}/{version}")
    return {
        **{key: value for key, value in data.items() if key not in ("Tags", "ClientToken")},
        "ModelPackageGroupName": name,
        "ModelPackageVersion": version,
        "ModelPackageArn": arn,
        "CreationTime": time.time(),
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
        "ModelApprovalStatus": data.get("ModelApprovalStatus") or PENDING,
        "CertifyForMarketplace": False,
        "_arn": arn,
        "_tags": data.get("Tags") or [],
        "_token": data.get("ClientToken") or "",
    }


def _of(group: str) -> list[Data]:
    return [each for each in packages.values() if each["ModelPackageGroupName"] == group]


def _group(named: str) -> Data:
    record: Data | None = groups.get(stores.name_of(named))
    if record is None:
        raise Refused(f"ModelPackageGroup {stores.arn(GROUP, stores.name_of(named))} does not exist.")
    return record
