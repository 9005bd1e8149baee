"""Endpoint configurations, and the combinations that AWS refuses: most of them with serverless variants."""

import time

from local.sagemaker import listing, models, stores, tags
from local.sagemaker.answers import Data, Refused, not_at_home
from local.sagemaker.stores import configs

KIND = "endpoint-config"
UNKNOWN = ("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants", "MetricsConfig", "VpcConfig", "ExecutionRoleArn")
UNKNOWN_OF_VARIANT = (
    "AcceleratorType", "CapacityReservationConfig", "CoreDumpConfig", "InferenceAmiVersion", "InstancePools", "ManagedInstanceScaling",
)  # fmt: skip
STEP_MB = 1024


def create(data: Data) -> Data:
    """CreateEndpointConfig."""
    name = data["EndpointConfigName"]
    arn = stores.arn(KIND, name)
    tags.check(data, arn)
    if name in configs:
        raise Refused(f'Cannot create already existing endpoint configuration "{arn}".')
    variants = [{"InitialVariantWeight": 1.0, **each} for each in data["ProductionVariants"]]
    _check(data, variants)
    kept = {key: value for key, value in data.items() if key != "Tags"} | {"ProductionVariants": variants}
    configs[name] = {**kept, "EndpointConfigArn": arn, "CreationTime": time.time(), "_arn": arn, "_tags": data.get("Tags") or []}
    return {"EndpointConfigArn": arn}


def describe(data: Data) -> Data:
    """DescribeEndpointConfig."""
    return stores.shown(find(data["EndpointConfigName"]))


def delete(data: Data) -> Data:
    """DeleteEndpointConfig. Endpoints that were made from it go on."""
    del configs[find(data["EndpointConfigName"])["EndpointConfigName"]]
    return {}


def list_configs(data: Data) -> Data:
    """ListEndpointConfigs."""
    kept = ("EndpointConfigName", "EndpointConfigArn", "CreationTime")
    return listing.page(configs.values(), data, name="EndpointConfigName").answer("EndpointConfigs", kept)


def find(name: str) -> Data:
    """The configuration of this name. Raises Refused."""
    record: Data | None = configs.get(name)
    if record is None:
        raise Refused(f'Could not find endpoint configuration "{stores.arn(KIND, name)}".')
    return record


def _check(data: Data, variants: list[Data]) -> None:
    for name in UNKNOWN:
        if data.get(name):
            raise not_at_home(f"{name} of an endpoint configuration")
    names = [each["VariantName"] for each in variants]
    if len(names) != len(set(names)):
        raise Refused("Variant names must be unique in an endpoint configuration.")
    if not any(each["InitialVariantWeight"] for each in variants):
        raise Refused("At least one variant must have a weight greater than 0.")
    for each in variants:
        _check_variant(each)
        if each.get("ServerlessConfig"):
            _check_serverless(data, variants, model=models.find(each["ModelName"]))


def _check_variant(variant: Data) -> None:
    for name in UNKNOWN_OF_VARIANT:
        if variant.get(name):
            raise not_at_home(f"{name} of a variant")
    if not variant.get("ModelName"):
        raise not_at_home("variants without a model (inference components)")
    models.find(variant["ModelName"])
    instances = bool(variant.get("InstanceType")) and bool(variant.get("InitialInstanceCount"))
    if bool(variant.get("ServerlessConfig")) == instances:
        said = "needs either ServerlessConfig or InstanceType and InitialInstanceCount, and not both"
        raise Refused(f"Variant {variant['VariantName']} {said}.")
    if variant.get("ServerlessConfig") and variant["ServerlessConfig"]["MemorySizeInMB"] % STEP_MB:
        raise Refused("MemorySizeInMB of a serverless variant must be one of 1024, 2048, 3072, 4096, 5120, 6144.")


def _check_serverless(data: Data, variants: list[Data], *, model: Data) -> None:
    wrong = {
        "more than one variant": len(variants) > 1,
        "data capture": (data.get("DataCaptureConfig") or {}).get("EnableCapture", bool(data.get("DataCaptureConfig"))),
        "KmsKeyId": bool(data.get("KmsKeyId")),
        f"network isolation (model {model['ModelName']})": model["EnableNetworkIsolation"],
        "a VPC": bool(model.get("VpcConfig")),
    }
    found = [name for name, is_so in wrong.items() if is_so]
    if found:
        raise Refused(f"Serverless endpoints do not support {', '.join(found)}.")
