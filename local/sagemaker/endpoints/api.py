"""Endpoints as the API shows them. An update starts the new containers first; the old ones answer until all of them do."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from local import checkpoint, identity
from local.sagemaker import events, listing, shapes, stores, tags
from local.sagemaker.answers import Data, Refused, not_at_home
from local.sagemaker.endpoints import configs
from local.sagemaker.endpoints.fleet import Fleet
from local.sagemaker.serving.container import ContainerError
from local.sagemaker.stores import endpoints

KIND = "endpoint"
BUSY = ("Creating", "Updating", "Deleting")
GRACE_SECONDS = 60.0
log = logging.getLogger("home.sagemaker")

fleets: dict[str, Fleet] = {}
_changing = threading.Lock()
_waking = threading.Lock()


def create(data: Data) -> Data:
    """CreateEndpoint: answers at once, the containers start in the background."""
    name = data["EndpointName"]
    arn = stores.arn(KIND, name)
    tags.check(data, arn)
    _check_deployment(data)
    config = configs.find(data["EndpointConfigName"])
    with _changing:
        if name in endpoints:
            raise Refused(f'Cannot create already existing endpoint "{arn}".')
        now = time.time()
        record: Data = {
            "EndpointName": name,
            "EndpointArn": arn,
            "CreationTime": now,
            "LastModifiedTime": now,
            "EndpointStatus": "Creating",
        }
        record |= {"EndpointConfigName": data["EndpointConfigName"], "_arn": arn, "_tags": data.get("Tags") or [], "_config": config}
        endpoints[name] = record
    identity.in_background(lambda: _roll_out(record, config, failed="Failed"), name=f"endpoint-{name[:20]}")
    return {"EndpointArn": arn}


def update(data: Data) -> Data:
    """UpdateEndpoint."""
    _check_deployment(data)
    config = configs.find(data["EndpointConfigName"])
    record = _settled(data["EndpointName"], becomes="Updating")
    identity.in_background(lambda: _roll_out(record, config, failed="InService"), name=f"endpoint-{record['EndpointName'][:20]}")
    return {"EndpointArn": record["EndpointArn"]}


def update_weights(data: Data) -> Data:
    """UpdateEndpointWeightsAndCapacities: weights change at once; counts of instances are only kept."""
    record = find(data["EndpointName"])
    fleet = awake(record)
    shown = {each["VariantName"]: each for each in record["ProductionVariants"]}
    for wanted in data["DesiredWeightsAndCapacities"]:
        name = wanted["VariantName"]
        if fleet is None or name not in shown:
            raise Refused(f"Variant {name} of endpoint {record['EndpointName']} was not found.")
        if "DesiredWeight" in wanted:
            fleet.variants[name].weight = float(wanted["DesiredWeight"])
            shown[name].update(CurrentWeight=float(wanted["DesiredWeight"]), DesiredWeight=float(wanted["DesiredWeight"]))
        if "DesiredInstanceCount" in wanted:
            shown[name].update({f"{when}InstanceCount": wanted["DesiredInstanceCount"] for when in ("Current", "Desired")})
    return {"EndpointArn": record["EndpointArn"]}


def describe(data: Data) -> Data:
    """DescribeEndpoint."""
    record = find(data["EndpointName"])
    return {name: record[name] for name in shapes.modelled("DescribeEndpoint") if name in record}


def delete(data: Data) -> Data:
    """DeleteEndpoint: its containers end, and it is gone."""
    record = _settled(data["EndpointName"], becomes="Deleting")
    events.endpoint(record)
    fleet = fleets.pop(record["EndpointArn"], None)
    if fleet:
        fleet.stop()
    del endpoints[record["EndpointName"]]
    return {}


def list_endpoints(data: Data) -> Data:
    """ListEndpoints."""
    kept = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    return listing.page(endpoints.values(), data, name="EndpointName", status="EndpointStatus").answer("Endpoints", kept)


def find(name: str) -> Data:
    """The endpoint of this name. Raises Refused."""
    record: Data | None = endpoints.get(name)
    if record is None:
        raise Refused(f'Could not find endpoint "{stores.arn(KIND, name)}".')
    return record


def awake(record: Data) -> Fleet | None:
    """The containers of an endpoint that is in service; after a start of the home they are started when first asked."""
    with _waking:
        if record["EndpointArn"] not in fleets and record["EndpointStatus"] == "InService":
            fleet = Fleet(record["EndpointName"], record["_config"])
            fleet.start()
            fleets[record["EndpointArn"]] = fleet
    return fleets.get(record["EndpointArn"])


def taken(record: Data) -> Fleet | None:
    """The containers of an endpoint, kept for one request, which gives them back."""
    fleet = awake(record)
    with _waking:  # they may have been replaced meanwhile
        fleet = fleets.get(record["EndpointArn"], fleet)
        return fleet.take() if fleet else None


def close() -> None:
    """Endpoints whose change the end of a home has cut off: new ones have failed, others serve what they served."""
    for record in endpoints._data.values():
        if record["EndpointStatus"] in BUSY:
            record["EndpointStatus"] = "InService" if record.get("ProductionVariants") else "Failed"
            record["FailureReason"] = "The local home ended while the endpoint was changed"


def _roll_out(record: Data, config: Data, *, failed: str) -> None:
    """Start the containers of a configuration; only when all answer do they take the place of the ones before. Never raises."""
    more: Data = {}
    try:
        fleet = Fleet(record["EndpointName"], config)
        fleet.start()
    except Exception as error:
        log.info("endpoint %s: %s", record["EndpointName"], error)
        more = {"EndpointStatus": failed, "FailureReason": _reason(error, record["EndpointName"])[:1024]}
    else:
        record.pop("FailureReason", None)
        with _waking:
            before = fleets.get(record["EndpointArn"])
            fleets[record["EndpointArn"]] = fleet
        more = {"EndpointStatus": "InService", "EndpointConfigName": config["EndpointConfigName"], "_config": config, **_shown(config)}
        if before:
            identity.in_background(lambda: before.stop(grace=GRACE_SECONDS), name="endpoint-old")
    record.update(LastModifiedTime=time.time(), **more)
    checkpoint.soon("sagemaker")
    events.endpoint(record)


def _reason(error: Exception, endpoint: str) -> str:
    if isinstance(error, ContainerError):
        said = f"Please check CloudWatch logs for this endpoint. ({error}; log group /aws/sagemaker/Endpoints/{endpoint})"
        return f"The primary container for a production variant did not pass the ping health check. {said}"
    return str(error)


def _shown(config: Data) -> Data:
    found: list[Data] = []
    for each in config["ProductionVariants"]:
        capacity: dict[str, Any] = {
            "CurrentInstanceCount": each.get("InitialInstanceCount"),
            "DesiredInstanceCount": each.get("InitialInstanceCount"),
        }
        if each.get("ServerlessConfig"):
            capacity = {"CurrentServerlessConfig": each["ServerlessConfig"]}
        weight = each["InitialVariantWeight"]
        found.append({"VariantName": each["VariantName"], "CurrentWeight": weight, "DesiredWeight": weight, **capacity})
    capture = config.get("DataCaptureConfig")
    if not capture:
        return {"ProductionVariants": found}
    enabled = capture.get("EnableCapture", True)
    kept = {"DestinationS3Uri": capture["DestinationS3Uri"], "KmsKeyId": capture.get("KmsKeyId") or ""}
    state = {"EnableCapture": enabled, "CaptureStatus": "Started" if enabled else "Stopped"}
    return {
        "ProductionVariants": found,
        "DataCaptureConfig": {**state, **kept, "CurrentSamplingPercentage": capture["InitialSamplingPercentage"]},
    }


def _settled(name: str, *, becomes: str) -> Data:
    """An endpoint that nothing is being done with, which is marked for what now is."""
    with _changing:
        record = find(name)
        if record["EndpointStatus"] in BUSY:
            raise Refused(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
        record.update(EndpointStatus=becomes, LastModifiedTime=time.time())
    return record


def _check_deployment(data: Data) -> None:
    for name in ("DeploymentConfig", "RetainAllVariantProperties", "ExcludeRetainedVariantProperties", "RetainDeploymentConfig"):
        if data.get(name):
            raise not_at_home(f"{name} of an endpoint; all traffic goes to the new containers at once")


OPERATIONS: dict[str, Callable[[Data], Data]] = {
    "CreateEndpoint": create,
    "CreateEndpointConfig": configs.create,
    "DeleteEndpoint": delete,
    "DeleteEndpointConfig": configs.delete,
    "DescribeEndpoint": describe,
    "DescribeEndpointConfig": configs.describe,
    "ListEndpointConfigs": configs.list_configs,
    "ListEndpoints": list_endpoints,
    "UpdateEndpoint": update,
    "UpdateEndpointWeightsAndCapacities": update_weights,
}
