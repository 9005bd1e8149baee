"""Models and batch transforms: a script behind requests, the objects it gets and those it leaves."""

import json
from typing import Any

from tests.local.conftest import allow, until
from tests.local.sagemaker.conftest import IMAGE, World, refusal, tar

CODE = {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
ADDS = """
import json, os, pathlib
def model_fn(folder):
    return json.loads((pathlib.Path(folder) / "model.json").read_text())
def predict_fn(rows, model):
    import numpy as np
    return np.atleast_2d(rows).sum(1) + model["add"]
"""
COUNTS = """
import json, os
def model_fn(folder):
    return None
def transform_fn(model, body, kind, accept):
    if b"bad" in body:
        raise ValueError("a bad line")
    seen = {"lines": len(body.splitlines()), "batch": os.environ["SAGEMAKER_BATCH_STRATEGY"], "kind": kind, "accept": accept}
    seen["keys"] = sorted(n for n in os.environ if n.startswith("AWS_"))
    return json.dumps(seen), "application/json"
"""


def model(world: World, script: str, **more: Any) -> str:
    name = world.name("model")
    artefact = world.put(f"models/{name}.tar.gz", tar({"model.json": '{"add": 10}', "code/serve.py": script}))
    container = {"Image": IMAGE, "ModelDataUrl": artefact, "Environment": CODE}
    world.sagemaker.create_model(ModelName=name, ExecutionRoleArn=world.role, PrimaryContainer=container, **more)
    return name


def asked(world: World, of: str, *, source: str, **more: Any) -> dict[str, Any]:
    given = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}}, "ContentType": "text/csv", "SplitType": "Line"}
    return {
        "TransformJobName": world.name("transform"),
        "ModelName": of,
        "TransformInput": {**given, **more.pop("given", {})},
        "TransformOutput": {"S3OutputPath": f"s3://{world.bucket}/scored/{of}", "Accept": "text/csv", **more.pop("output", {})},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


def transformed(world: World, of: str, *, source: str, **more: Any) -> dict[str, Any]:
    request = asked(world, of, source=source, **more)
    world.sagemaker.create_transform_job(**request)

    def look() -> Any:
        found = world.sagemaker.describe_transform_job(TransformJobName=request["TransformJobName"])
        return found["TransformJobStatus"] not in ("InProgress", "Stopping") and found

    return dict(until(look, seconds=60, every=0.05))


def scored(world: World, of: str) -> dict[str, str]:
    prefix = f"scored/{of}/"
    keys = [each["Key"] for each in world.s3.list_objects_v2(Bucket=world.bucket, Prefix=prefix).get("Contents", [])]
    return {key.removeprefix(prefix): world.get(f"s3://{world.bucket}/{key}").decode() for key in keys}


def test_every_object_under_a_prefix_gets_its_answers_by_a_state_machine(world: World) -> None:
    world.put("rows/a.csv", "1,2\n3,4\n")
    world.put("rows/b/c.csv", "5,6\n")
    of = model(world, ADDS)
    request = asked(world, of, source=f"s3://{world.bucket}/rows/", output={"AssembleWith": "Line"})
    states = world.home.client("stepfunctions")
    rights = allow("sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob", "sagemaker:StopTransformJob", "sagemaker:AddTags")
    role = world.new_role("machine", rights, service="states.amazonaws.com")
    task = {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createTransformJob.sync", "Parameters": request, "End": True}
    machine = states.create_state_machine(
        name=world.name("machine"), roleArn=role, definition=json.dumps({"StartAt": "Score", "States": {"Score": task}})
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    ended = until(lambda: (one := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and one, seconds=60)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert json.loads(ended["output"])["TransformJobStatus"] == "Completed"
    assert scored(world, of) == {"a.csv.out": "13.0\n17.0\n", "b/c.csv.out": "21.0\n"}


def test_strategies_cut_objects_and_an_isolated_model_has_no_keys(world: World) -> None:
    source = world.put("lines/some.txt", "1\n2\n3\n")
    of = model(world, COUNTS, EnableNetworkIsolation=True)
    single = transformed(
        world, of, source=source, BatchStrategy="SingleRecord", output={"AssembleWith": "Line", "Accept": "application/json"}
    )
    assert single["TransformJobStatus"] == "Completed", single
    lines = [json.loads(line) for line in scored(world, of)["some.txt.out"].splitlines()]
    assert lines == [{"lines": 1, "batch": "SINGLE_RECORD", "kind": "text/csv", "accept": "application/json", "keys": []}] * 3
    assert transformed(world, of, source=source)["TransformJobStatus"] == "Completed"
    assert json.loads(scored(world, of)["some.txt.out"])["lines"] == 3
    assert transformed(world, of, source=source, given={"SplitType": "None"})["TransformJobStatus"] == "Completed"
    assert json.loads(scored(world, of)["some.txt.out"])["lines"] == 3


def test_an_object_that_the_script_cannot_do_fails_the_job_and_the_data_log_names_it(world: World) -> None:
    source = world.put("wrong/rows.txt", "good\nbad\n")
    of = model(world, COUNTS)
    job = transformed(world, of, source=source)
    assert (job["TransformJobStatus"], job["FailureReason"]) == ("Failed", "AlgorithmError: See job logs for more information")
    lines = world.lines(job["TransformJobName"], group="/aws/sagemaker/TransformJobs")
    at = f"[sagemaker logs]: {world.bucket}/wrong/rows.txt"
    assert f"{at}: Bad HTTP status received from algorithm: 500" in lines
    assert "ValueError: a bad line" in lines
    assert scored(world, of) == {}
    large = world.put("large/rows.txt", "x" * (1 << 20) + "y\n")
    job = transformed(world, of, source=large, MaxPayloadInMB=1)
    assert job["TransformJobStatus"] == "Failed"
    told = world.lines(job["TransformJobName"], group="/aws/sagemaker/TransformJobs")
    assert f"[sagemaker logs]: {world.bucket}/large/rows.txt: Too much data for max payload size" in told


def test_a_model_needs_its_artefact_and_an_approved_package(world: World) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{world.bucket}/no.tar.gz", "Environment": CODE}

    def create(role: str = world.role, **given: Any) -> Any:
        name = world.name("model")
        return world.sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={**container, **given})

    assert refusal(create) == ("ValidationException", f"Could not find model data at s3://{world.bucket}/no.tar.gz.")
    blind = world.new_role("blind")
    code, message = refusal(lambda: create(blind))
    assert (code, message.startswith(f"Could not access model data at s3://{world.bucket}/no.tar.gz.")) == ("ValidationException", True)
    group = world.name("group")
    world.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    artefact = world.put("models/packed.tar.gz", tar({"code/serve.py": COUNTS}))
    inside = [{"Image": IMAGE, "ModelDataUrl": artefact}]
    spec = {"Containers": inside, "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    made = world.sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=spec)["ModelPackageArn"]
    only = {"ModelPackageName": made, "Environment": CODE}

    def take() -> None:
        world.sagemaker.create_model(ModelName=f"of-{group}", ExecutionRoleArn=world.role, PrimaryContainer=only)

    code, message = refusal(take)
    assert (code, "its approval status is PendingManualApproval" in message) == ("ValidationException", True)
    world.sagemaker.update_model_package(ModelPackageArn=made, ModelApprovalStatus="Approved")
    take()
    assert world.sagemaker.describe_model(ModelName=f"of-{group}")["PrimaryContainer"] == only
    assert refusal(take)[1].startswith('Cannot create already existing model "arn:aws:sagemaker:')
    world.sagemaker.delete_model(ModelName=f"of-{group}")
    assert refusal(lambda: world.sagemaker.describe_model(ModelName=f"of-{group}"))[1].startswith('Could not find model "arn:')
