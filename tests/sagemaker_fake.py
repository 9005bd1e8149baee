"""SageMaker and CloudWatch Logs as far as they list and remove: real clients, whose calls are answered here.

Requests are checked against the services' models, and lists come in pages of two.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

PAGE = 2
LISTS = {
    "ListEndpoints": ("Endpoints", "EndpointName", "endpoint"),
    "ListEndpointConfigs": ("EndpointConfigs", "EndpointConfigName", "config"),
    "ListModels": ("Models", "ModelName", "model"),
    "ListTrainingJobs": ("TrainingJobSummaries", "TrainingJobName", "training"),
    "ListTransformJobs": ("TransformJobSummaries", "TransformJobName", "transform"),
    "ListModelPackages": ("ModelPackageSummaryList", "ModelPackageArn", "version"),
    "DescribeLogStreams": ("logStreams", "logStreamName", "stream"),
    "DescribeLogGroups": ("logGroups", "logGroupName", "logs"),
}
REMOVES = {
    "DeleteEndpoint": ("endpoint", "EndpointName"),
    "DeleteEndpointConfig": ("config", "EndpointConfigName"),
    "DeleteModel": ("model", "ModelName"),
    "StopTrainingJob": ("training", "TrainingJobName"),
    "StopTransformJob": ("transform", "TransformJobName"),
    "DeleteModelPackage": ("version", "ModelPackageName"),
    "DeleteLogStream": ("stream", "logStreamName"),
    "DeleteLogGroup": ("logs", "logGroupName"),
}


class FakeAws:
    """What there is, by kind; jobs by state. `busy` things refuse so often to go; `broken` calls fail with a code."""

    def __init__(self) -> None:
        self.there: dict[str, list[str]] = defaultdict(list)
        self.states: dict[str, str] = {}
        self.tags: list[dict[str, str]] | None = [{"Key": "lakemill:erase", "Value": "true"}]
        self.busy: dict[str, int] = {}
        self.broken: dict[str, str] = {}
        self.calls: list[str] = []
        self.client = cache(self._client)

    def _client(self, service: str) -> Any:
        """A client of boto3 that asks this instead of AWS."""
        made: Any = boto3.client(service, region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
        made._make_api_call = lambda operation, given: self._call(made, operation, given)
        return made

    @property
    def left(self) -> dict[str, list[str]]:
        """What is there, without kinds of which nothing is."""
        return {kind: names for kind, names in self.there.items() if names}

    def _call(self, client: Any, operation: str, given: dict[str, Any]) -> Any:
        problems = ParamValidator().validate(given, client.meta.service_model.operation_model(operation).input_shape)
        assert not problems.has_errors(), f"{operation}: {problems.generate_report()}"
        self.calls.append(operation)
        if operation in self.broken:
            raise refused(operation, self.broken[operation])
        if operation == "ListTags":
            if self.tags is None:
                raise refused(operation, "ResourceNotFound")
            return self._page(self.tags, "Tags", "NextToken", given)
        if operation in LISTS:
            return self._list(operation, given)
        self._remove(operation, given)
        return {}

    def _list(self, operation: str, given: dict[str, Any]) -> Any:
        member, name, kind = LISTS[operation]
        token = "nextToken" if operation.startswith("Describe") else "NextToken"
        names = [each for each in self.there[kind] if self._asked(each, given)]
        return self._page([{name: each.partition("|")[2] or each} for each in names], member, token, given)

    def _asked(self, name: str, given: dict[str, Any]) -> bool:
        """Whether something is in a list. Streams are written GROUP|STREAM."""
        group, _, stream = name.partition("|")
        looks: list[Callable[[], bool]] = [
            lambda: given.get("NameContains", "") in name,
            lambda: given.get("StatusEquals", self.states.get(name, "")) == self.states.get(name, ""),
            lambda: f"/{given.get('ModelPackageGroupName', '')}" in name or "ModelPackageGroupName" not in given,
            lambda: given.get("logGroupName", group) == group,
            lambda: stream.startswith(given.get("logStreamNamePrefix", "")),
            lambda: name.startswith(given.get("logGroupNamePrefix", "")),
        ]
        return all(look() for look in looks)

    def _page(self, found: list[Any], member: str, token: str, given: dict[str, Any]) -> dict[str, Any]:
        start = int(given.get(token, "0"))
        more = {token: str(start + PAGE)} if start + PAGE < len(found) else {}
        return {member: found[start : start + PAGE], **more}

    def _remove(self, operation: str, given: dict[str, Any]) -> None:
        kind, parameter = REMOVES[operation]
        name = f"{given['logGroupName']}|{given[parameter]}" if kind == "stream" else given[parameter]
        if self.busy.get(name, 0):
            self.busy[name] -= 1
            raise refused(operation, "ValidationException", f"{name} is in use")
        if name not in self.there[kind]:
            raise refused(operation, "ValidationException", f"Could not find {name}")
        self.there[kind].remove(name)


def refused(operation: str, code: str, message: str = "no") -> ClientError:
    """An error of AWS."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
