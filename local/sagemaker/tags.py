"""Tags of everything SageMaker keeps."""

from local.sagemaker import roles, stores
from local.sagemaker.answers import Data, Refused


def check(data: Data, arn: str) -> None:
    """With tags, whoever makes something must be allowed to tag it."""
    if data.get("Tags"):
        roles.may_tag(arn)


def add(data: Data) -> Data:
    """AddTags."""
    record = _record(data)
    kept = {each["Key"]: each for each in record["_tags"]} | {each["Key"]: each for each in data["Tags"]}
    record["_tags"] = list(kept.values())
    return {"Tags": record["_tags"]}


def remove(data: Data) -> Data:
    """DeleteTags."""
    record = _record(data)
    record["_tags"] = [each for each in record["_tags"] if each["Key"] not in data["TagKeys"]]
    return {}


def listed(data: Data) -> Data:
    """ListTags."""
    return {"Tags": _record(data)["_tags"]}


def _record(data: Data) -> Data:
    found = stores.find_by_arn(data["ResourceArn"])
    if found is None:
        raise Refused(f"{data['ResourceArn']} does not exist.", code="ResourceNotFound")
    return found
