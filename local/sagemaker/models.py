"""Models: an image, an artefact in S3 and a role, written out or taken from an approved package."""

import time

from botocore.exceptions import ClientError
from ministack.core.responses import get_region

from local import identity
from local.sagemaker import images, listing, registry, roles, s3, stores, tags
from local.sagemaker.answers import Data, Refused, not_at_home
from local.sagemaker.stores import models

KIND = "model"
UNKNOWN = ("InferenceExecutionConfig",)
OWN = ("Image", "ModelDataUrl", "Environment", "ModelPackageName", "ContainerHostname", "Mode", "ModelDataSource")


def create(data: Data) -> Data:
    """CreateModel."""
    name = data["ModelName"]
    arn = stores.arn(KIND, name)
    if name in models:
        raise Refused(f'Cannot create already existing model "{arn}".')
    if not data.get("ExecutionRoleArn"):
        raise Refused("ExecutionRoleArn must be provided.")
    given = _container(data)
    for unknown in UNKNOWN:
        if data.get(unknown):
            raise not_at_home(f"{unknown} of a model")
    roles.check(data["ExecutionRoleArn"])
    tags.check(data, arn)
    container = _resolved(given)
    images.check(container.get("Image") or "")
    _check_artefact(container.get("ModelDataUrl") or "", role=data["ExecutionRoleArn"])
    kept = {key: value for key, value in data.items() if key != "Tags"}
    models[name] = {
        **kept,
        "EnableNetworkIsolation": bool(data.get("EnableNetworkIsolation")),
        "ModelArn": arn,
        "CreationTime": time.time(),
        "_arn": arn,
        "_tags": data.get("Tags") or [],
        "_container": container,
    }
    return {"ModelArn": arn}


def describe(data: Data) -> Data:
    """DescribeModel."""
    return stores.shown(find(data["ModelName"]))


def delete(data: Data) -> Data:
    """DeleteModel."""
    del models[find(data["ModelName"])["ModelName"]]
    return {}


def list_models(data: Data) -> Data:
    """ListModels."""
    return listing.page(models.values(), data, name="ModelName").answer("Models", ("ModelName", "ModelArn", "CreationTime"))


def find(name: str) -> Data:
    """The model of this name. Raises Refused."""
    record: Data | None = models.get(name)
    if record is None:
        raise Refused(f'Could not find model "{stores.arn(KIND, name)}".')
    return record


def _container(data: Data) -> Data:
    several = data.get("Containers") or []
    if bool(data.get("PrimaryContainer")) == bool(several):
        raise Refused("Either PrimaryContainer or Containers must be provided, and not both.")
    if len(several) > 1:
        raise not_at_home("models of several containers (pipelines)")
    given: Data = data.get("PrimaryContainer") or several[0]
    unknown = sorted(set(given) - set(OWN))
    if unknown or given.get("ModelDataSource") or given.get("Mode", "SingleModel") != "SingleModel":
        raise not_at_home(f"containers with {', '.join(unknown) or 'ModelDataSource or Mode MultiModel'}")
    return given


def _resolved(given: Data) -> Data:
    """A container with image and artefact, also if it names a package."""
    if not given.get("ModelPackageName"):
        if not given.get("Image"):
            raise Refused("Image must be provided for the container.")
        return given
    if given.get("Image") or given.get("ModelDataUrl"):
        raise Refused("Image and ModelDataUrl must not be provided when ModelPackageName is.")
    package = registry.package(given["ModelPackageName"])
    if package["ModelApprovalStatus"] != "Approved":
        status = package["ModelApprovalStatus"]
        raise Refused(f"Model package {package['ModelPackageArn']} cannot be used to create a model: its approval status is {status}.")
    containers = package["InferenceSpecification"]["Containers"]
    if len(containers) > 1:
        raise not_at_home("model packages of several containers")
    environment = {**(containers[0].get("Environment") or {}), **(given.get("Environment") or {})}
    return {**containers[0], "Environment": environment}


def _check_artefact(address: str, *, role: str) -> None:
    if not address:
        raise not_at_home("models without ModelDataUrl")
    bucket, key = s3.place(address)
    try:
        identity.client("s3", roles.session(role)).head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            raise Refused(f"Could not find model data at {address}.") from error
        said = (
            f'Could not access model data at {address}. Please ensure that the role "{role}" exists and that its trust relationship policy '
            f'allows the action "sts:AssumeRole" for the service principal "{roles.SERVICE}". Also ensure that the role has "s3:GetObject" '
            f"permissions and that the object is located in {get_region()}."
        )
        raise Refused(said) from error
