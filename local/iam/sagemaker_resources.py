"""What a SageMaker request touches. Listings touch everything; a package in a group is `model-package/GROUP/VERSION`.

AWS asks for the right on what is made or named, and for what it refers to only where it says so: an endpoint and its configuration.
"""

import re
from collections.abc import Iterator
from typing import Any

from local.iam.place import Place

_PATH = re.compile(r"^/endpoints/([^/]+)/")
_NAMED = (
    ("TrainingJob", "training-job", "TrainingJobName"),
    ("TransformJob", "transform-job", "TransformJobName"),
    ("ModelPackageGroup", "model-package-group", "ModelPackageGroupName"),
    ("EndpointConfig", "endpoint-config", "EndpointConfigName"),
    ("Endpoint", "endpoint", "EndpointName"),
    ("Model", "model", "ModelName"),
)


def resources_of(operation: str, request: dict[str, Any], place: Place) -> Iterator[str]:
    """The ARNs of one request, the most telling last."""
    if request.get("ResourceArn"):
        yield str(request["ResourceArn"])
    elif operation.startswith(("List", "Search")):
        yield "*"
    elif operation.endswith("ModelPackage"):
        yield from _package(request, place)
    else:
        invoked = _PATH.match(str(request.get("_path", "")))
        named = {**request, "EndpointName": invoked[1]} if invoked else request
        yield from _named(operation, named, place)


def _named(operation: str, request: dict[str, Any], place: Place) -> Iterator[str]:
    if operation in ("CreateEndpoint", "UpdateEndpoint") and request.get("EndpointConfigName"):
        yield _arn(place, "endpoint-config", request["EndpointConfigName"])
    word, kind, field = next((each for each in _NAMED if each[0] in operation), ("", "*", ""))
    yield _arn(place, kind, request.get(field) or "*") if word else "*"


def _package(request: dict[str, Any], place: Place) -> Iterator[str]:
    given = request.get("ModelPackageArn") or request.get("ModelPackageName") or ""
    group = str(request.get("ModelPackageGroupName") or "")
    if group:
        name = group.rpartition("/")[2]
        yield place.arn("sagemaker", f"model-package-group/{name}")
        yield place.arn("sagemaker", f"model-package/{name}/*")
    else:
        yield str(given) if str(given).startswith("arn:") else place.arn("sagemaker", f"model-package/{given or '*'}")


def _arn(place: Place, kind: str, name: Any) -> str:
    return str(name) if str(name).startswith("arn:") else place.arn("sagemaker", f"{kind}/{str(name).lower()}")
