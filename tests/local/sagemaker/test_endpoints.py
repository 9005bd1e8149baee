"""Endpoints: variants by weight, an update without a gap, capture, errors as AWS words them, and what serverless cannot have."""

import json
import threading
from typing import Any

from botocore.exceptions import ClientError

from tests.local.conftest import until
from tests.local.sagemaker.conftest import IMAGE, World, refusal, tar

SAYS = """
import json, pathlib
def model_fn(folder):
    return json.loads((pathlib.Path(folder) / "model.json").read_text())
def transform_fn(model, body, kind, accept):
    if body == b"fail":
        raise ValueError("asked to")
    return json.dumps({"says": model, "to": body.decode()}), "application/json"
"""
CODE = {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
INSTANCE: dict[str, Any] = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
SERVERLESS: dict[str, Any] = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1}}


def model(world: World, says: str, *, script: str = SAYS, **more: Any) -> str:
    name = world.name("model")
    artefact = world.put(f"models/{name}.tar.gz", tar({"model.json": json.dumps(says), "code/serve.py": script}))
    container = {"Image": IMAGE, "ModelDataUrl": artefact, "Environment": CODE}
    world.sagemaker.create_model(ModelName=name, ExecutionRoleArn=world.role, PrimaryContainer=container, **more)
    return name


def config(world: World, *variants: dict[str, Any], **more: Any) -> str:
    name = world.name("config")
    world.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **more)
    return name


def variant(of: str, name: str = "all", **more: Any) -> dict[str, Any]:
    return {"VariantName": name, "ModelName": of, **(more or INSTANCE)}


def settled(world: World, name: str) -> dict[str, Any]:
    def look() -> Any:
        found = world.sagemaker.describe_endpoint(EndpointName=name)
        return found["EndpointStatus"] not in ("Creating", "Updating") and found

    return dict(until(look, seconds=60, every=0.05))


def endpoint(world: World, of: str) -> str:
    name = world.name("endpoint")
    world.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=of)
    assert settled(world, name)["EndpointStatus"] == "InService"
    return name


def test_variants_answer_by_weight_and_what_they_say_is_captured(world: World) -> None:
    runtime = world.home.client("sagemaker-runtime")
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{world.bucket}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
    }
    mute = {**variant(model(world, "b"), "mute"), "InitialVariantWeight": 0.0}
    name = endpoint(world, config(world, variant(model(world, "a"), "loud"), mute, DataCaptureConfig=capture))
    found = [runtime.invoke_endpoint(EndpointName=name, Body=b"x", ContentType="application/json") for _ in range(3)]
    assert [(each["InvokedProductionVariant"], json.loads(each["Body"].read())["says"]) for each in found] == [("loud", "a")] * 3
    chosen = runtime.invoke_endpoint(EndpointName=name, Body=b"y", ContentType="text/csv", TargetVariant="mute")
    assert json.loads(chosen["Body"].read()) == {"says": "b", "to": "y"}
    wanted = [{"VariantName": "mute", "DesiredWeight": 1.0}, {"VariantName": "loud", "DesiredWeight": 0.0}]
    world.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=wanted)
    assert runtime.invoke_endpoint(EndpointName=name, Body=b"x", ContentType="text/csv")["InvokedProductionVariant"] == "mute"
    prefix = f"captured/{name}/loud/"
    keys = until(lambda: len(one := world.s3.list_objects_v2(Bucket=world.bucket, Prefix=prefix).get("Contents", [])) == 3 and one)
    line = json.loads(world.get(f"s3://{world.bucket}/{keys[0]['Key']}"))["captureData"]
    assert line["endpointInput"] == {"observedContentType": "application/json", "mode": "INPUT", "data": "x", "encoding": "JSON"}
    assert json.loads(line["endpointOutput"]["data"]) == {"says": "a", "to": "x"}
    world.sagemaker.delete_endpoint(EndpointName=name)
    gone = f"Endpoint {name} of account 000000000000 not found."
    assert refusal(lambda: runtime.invoke_endpoint(EndpointName=name, Body=b"x")) == ("ValidationError", gone)


def test_an_update_leaves_no_gap_and_a_broken_one_leaves_the_old_model(world: World) -> None:
    runtime = world.home.client("sagemaker-runtime")
    name = endpoint(world, config(world, variant(model(world, "old"))))
    said: list[str] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            try:
                said.append(json.loads(runtime.invoke_endpoint(EndpointName=name, Body=b"x")["Body"].read())["says"])
            except ClientError as error:
                said.append(str(error))

    new = config(world, variant(model(world, "new")))
    asking = threading.Thread(target=ask)
    asking.start()
    try:
        world.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=new)
        busy = refusal(lambda: world.sagemaker.delete_endpoint(EndpointName=name))
        assert settled(world, name)["EndpointStatus"] == "InService"
        until(lambda: said[-1] == "new")
    finally:
        ended.set()
        asking.join()
    assert busy[1].startswith('Cannot update in-progress endpoint "arn:')
    assert set(said) == {"old", "new"}
    broken = config(world, variant(model(world, "x", script="def model_fn(folder):\n    raise SystemExit('no model')\n")))
    world.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=broken)
    found = settled(world, name)
    assert "did not pass the ping health check" in found["FailureReason"]
    assert (found["EndpointStatus"], found["EndpointConfigName"] == broken) == ("InService", False)
    assert json.loads(runtime.invoke_endpoint(EndpointName=name, Body=b"x")["Body"].read())["says"] == "new"
    check_errors(world, name)
    world.sagemaker.delete_endpoint(EndpointName=name)
    assert refusal(lambda: world.sagemaker.describe_endpoint(EndpointName=name))[1].startswith('Could not find endpoint "arn:')


def check_errors(world: World, name: str) -> None:
    runtime = world.home.client("sagemaker-runtime")
    try:
        runtime.invoke_endpoint(EndpointName=name, Body=b"fail")
    except ClientError as error:
        found = error.response
    assert (found["Error"]["Code"], found["ResponseMetadata"]["HTTPStatusCode"]) == ("ModelError", 424)
    assert found["Error"]["Message"].startswith('Received server error (500) from primary with message "ValueError: asked to".')
    assert (found["OriginalStatusCode"], found["OriginalMessage"]) == (500, "ValueError: asked to")
    assert refusal(lambda: runtime.invoke_endpoint(EndpointName=name, Body=b"x" * 6_291_457))[0] == "ValidationError"
    reader = world.new_role("reads")
    asked = world.home.as_role("sagemaker-runtime", reader)
    code, message = refusal(lambda: asked.invoke_endpoint(EndpointName=name, Body=b"x"))
    at = f"sagemaker:InvokeEndpoint on resource: arn:aws:sagemaker:eu-west-1:000000000000:endpoint/{name}"
    assert (code, at in message) == ("AccessDeniedException", True)


def test_serverless_has_no_isolation_no_capture_no_key_and_no_second_variant(world: World) -> None:
    plain, isolated = model(world, "a"), model(world, "a", EnableNetworkIsolation=True)
    capture = {"InitialSamplingPercentage": 1, "DestinationS3Uri": "s3://b/c", "CaptureOptions": [{"CaptureMode": "Input"}]}
    for what, ask in {
        "network isolation": lambda: config(world, variant(isolated, **SERVERLESS)),
        "data capture": lambda: config(world, variant(plain, **SERVERLESS), DataCaptureConfig=capture),
        "KmsKeyId": lambda: config(world, variant(plain, **SERVERLESS), KmsKeyId="k"),
        "more than one variant": lambda: config(world, variant(plain, **SERVERLESS), variant(plain, "b", **SERVERLESS)),
    }.items():
        code, message = refusal(ask)
        assert (code, message.startswith("Serverless endpoints do not support"), what in message) == ("ValidationException", True, True)
    name = endpoint(world, config(world, variant(plain, **SERVERLESS)))
    runtime = world.home.client("sagemaker-runtime")
    assert refusal(lambda: runtime.invoke_endpoint(EndpointName=name, Body=b"x" * (4 * 2**20 + 1)))[0] == "ValidationError"
    world.sagemaker.delete_endpoint(EndpointName=name)


def test_in_isolation_nobody_fetches_code_from_s3_and_without_it_the_role_does(world: World) -> None:
    name = world.name("model")
    artefact = world.put(f"models/{name}.tar.gz", tar({"model.json": json.dumps("fetched")}))
    code = {**CODE, "SAGEMAKER_SUBMIT_DIRECTORY": world.put(f"models/{name}-code.tar.gz", tar({"serve.py": SAYS}))}
    container = {"Image": IMAGE, "ModelDataUrl": artefact, "Environment": code}
    for isolated in (True, False):
        made = f"{name}-{isolated}".lower()
        world.sagemaker.create_model(
            ModelName=made, ExecutionRoleArn=world.role, PrimaryContainer=container, EnableNetworkIsolation=isolated
        )
        endpoint_name = world.name("endpoint")
        world.sagemaker.create_endpoint(EndpointName=endpoint_name, EndpointConfigName=config(world, variant(made)))
        found = settled(world, endpoint_name)
        assert found["EndpointStatus"] == ("Failed" if isolated else "InService")
        assert ("cannot be fetched in network isolation" in found.get("FailureReason", "")) is isolated
        world.sagemaker.delete_endpoint(EndpointName=endpoint_name)
