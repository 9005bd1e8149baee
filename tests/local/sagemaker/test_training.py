"""Training jobs: what a script finds, what becomes of what it leaves, and how its failure is told."""

import json
import shutil
import subprocess
from typing import Any

from tests.local.conftest import allow, until
from tests.local.sagemaker.conftest import World, refusal, tar, untar

LEARNS = """
import argparse, json, os, pathlib
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("-k", type=int)
parser.add_argument("--columns")
given = parser.parse_args()
rows = np.loadtxt(pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]) / "deep" / "rows.csv", delimiter=",")
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
np.savez(model / "model.npz", mean=rows.mean(0))
(pathlib.Path(os.environ["SM_OUTPUT_DATA_DIR"]) / "seen.json").write_text(json.dumps({
    "k": given.k, "columns": given.columns, "environment": dict(os.environ),
    "config": {p.name: json.loads(p.read_text()) for p in pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"]).iterdir()},
    "code": sorted(p.name for p in pathlib.Path.cwd().iterdir())}))
print("rmse=1.5;")
print("rmse=0.25;")
"""


def test_a_state_machine_trains_a_script_and_gets_the_job_with_its_model_and_metrics(world: World) -> None:
    data = world.put("train/deep/rows.csv", "1,2\n3,6\n").removesuffix("/deep/rows.csv")
    asked = world.job(
        LEARNS,
        hyperparameters={"k": 3, "columns": ["a", "b"]},
        channels=[world.channel("train", data)],
        algorithm={"MetricDefinitions": [{"Name": "rmse", "Regex": "rmse=([0-9.]+);"}]},
        Environment={"COLOUR": "green"},
    )
    ended = run(world, asked)
    assert ended["status"] == "SUCCEEDED", f"{ended.get('error')} {ended.get('cause')}"
    job = json.loads(ended["output"])
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    assert [each["Status"] for each in job["SecondaryStatusTransitions"]] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("rmse", 0.25)]
    where = f"s3://{world.bucket}/out/{asked['TrainingJobName']}/output"
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"{where}/model.tar.gz"
    assert list(untar(world.get(f"{where}/model.tar.gz"))) == ["model.npz"]
    check_what_it_saw(json.loads(untar(world.get(f"{where}/output.tar.gz"))["seen.json"]), asked)
    assert until(lambda: world.lines(asked["TrainingJobName"])) == ["rmse=1.5;", "rmse=0.25;"]


def check_what_it_saw(seen: dict[str, Any], asked: dict[str, Any]) -> None:
    assert (seen["k"], seen["columns"], seen["code"]) == (3, "['a', 'b']", ["train.py"])
    environment = seen["environment"]
    assert environment["COLOUR"] == "green"
    assert environment["SM_HP_COLUMNS"] == '["a","b"]'
    assert json.loads(environment["SM_HPS"]) == {"k": 3, "columns": ["a", "b"]}
    assert environment["TRAINING_JOB_NAME"] == asked["TrainingJobName"]
    assert seen["config"]["hyperparameters.json"] == asked["HyperParameters"]
    assert seen["config"]["resourceconfig.json"]["hosts"] == ["algo-1"]
    assert seen["config"]["inputdataconfig.json"]["train"] == {
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }


def run(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    """Runs a job by a state machine whose role may start, follow and stop it; the execution."""
    passed = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    role = world.new_role(
        "machine",
        allow("sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob", "sagemaker:AddTags"),
        {**allow("iam:PassRole", on=world.role), "Condition": passed},
        service="states.amazonaws.com",
    )
    states = world.home.client("stepfunctions")
    task = {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync", "Parameters": asked, "End": True}
    machine = states.create_state_machine(
        name=world.name("machine"), roleArn=role, definition=json.dumps({"StartAt": "Train", "States": {"Train": task}})
    )
    execution = states.start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"]
    look = lambda: (found := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and found  # noqa: E731
    return dict(until(look, seconds=60, every=0.05))


FAILS = """
import os, pathlib, sys
(pathlib.Path(os.environ["SM_OUTPUT_DIR"]) / "failure").write_text("my own words")
print("before the end", file=sys.stderr)
raise ValueError("no such column")
"""


def test_a_script_that_fails_fails_its_job_with_the_toolkits_words_and_the_log_has_the_reason(world: World) -> None:
    job = world.train(FAILS, hyperparameters={"depth": 2})
    command = "/miniconda3/bin/python train.py --depth 2"
    said = f'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\nCommand "{command}", exit code: 1'
    assert (job["TrainingJobStatus"], job["FailureReason"]) == ("Failed", said)
    assert "ModelArtifacts" not in job
    lines = until(lambda: world.lines(job["TrainingJobName"]))
    assert lines[0] == "before the end"
    assert lines[-1] == "ValueError: no such column"


WAITS = """
import os, pathlib, signal, sys, time
def end(*_):
    (pathlib.Path(os.environ["SM_MODEL_DIR"]) / "half.txt").write_text("half")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
for _ in range(3000):
    print("ready", flush=True)
    time.sleep(0.2)
"""


def test_a_stopped_job_keeps_what_its_script_has_made(world: World) -> None:
    asked = world.job(WAITS)
    name = asked["TrainingJobName"]
    world.sagemaker.create_training_job(**asked)
    until(lambda: world.sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training" and logged(world, name))
    world.sagemaker.stop_training_job(TrainingJobName=name)
    job = world.ended(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert untar(world.get(job["ModelArtifacts"]["S3ModelArtifacts"])) == {"half.txt": b"half"}
    said = "The request was rejected because the training job is in status Stopped."
    assert refusal(lambda: world.sagemaker.stop_training_job(TrainingJobName=name)) == ("ValidationException", said)


def logged(world: World, job: str) -> bool:
    try:
        return "ready" in world.lines(job)
    except world.logs.exceptions.ResourceNotFoundException:
        return False


def test_a_job_over_its_time_is_stopped_and_its_execution_fails(world: World) -> None:
    ended = run(world, world.job(WAITS, StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    job = json.loads(ended["cause"])
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


LOOKS = """
import json, os, pathlib, socket
try:
    socket.create_connection(("127.0.0.1", 9), 0.2)
    reached = "connected"
except OSError as error:
    reached = error.strerror or str(error)
seen = {"environment": sorted(os.environ), "reached": reached, "failure": str(pathlib.Path.home())}
(pathlib.Path(os.environ["SM_MODEL_DIR"]) / "seen.json").write_text(json.dumps(seen))
"""


def test_an_isolated_script_has_no_keys_no_network_and_nothing_of_the_home(world: World) -> None:
    job = world.train(LOOKS, EnableNetworkIsolation=True)
    assert job["TrainingJobStatus"] == "Completed", job
    seen = json.loads(untar(world.get(job["ModelArtifacts"]["S3ModelArtifacts"]))["seen.json"])
    own = ("SM_", "SAGEMAKER_BASE_DIR", "TRAINING_JOB_")
    plain = {"HOME", "LANG", "LC_CTYPE", "PATH", "PWD", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED", "TMPDIR", "TZ"}
    assert {name for name in seen["environment"] if not name.startswith(own)} <= plain
    assert seen["reached"] == ("Network is unreachable" if can_isolate() else "Connection refused")
    asked = world.job(
        LOOKS, EnableNetworkIsolation=True, hyperparameters={"sagemaker_submit_directory": f"s3://{world.bucket}/code.tar.gz"}
    )
    world.sagemaker.create_training_job(**asked)
    reason = world.ended(asked["TrainingJobName"])["FailureReason"]
    assert "cannot be fetched in network isolation" in reason


def can_isolate() -> bool:
    """Whether this machine gives a process a network of its own, as root or as anybody."""
    ways = (["unshare", "--net", "true"], ["unshare", "--user", "--map-current-user", "--net", "true"])
    return bool(shutil.which("unshare")) and any(subprocess.run(way, capture_output=True).returncode == 0 for way in ways)


def test_code_comes_as_an_archive_of_s3_or_of_a_channel(world: World) -> None:
    saves = 'import os, pathlib, helper; (pathlib.Path(os.environ["SM_MODEL_DIR"]) / "a").write_text(helper.WORD)'
    archive = world.put("sources/source.tar.gz", tar({"train.py": saves, "helper.py": "WORD = 'found'"}))
    channel = world.channel("packed", archive)
    for place in (archive, "/opt/ml/input/data/packed/source.tar.gz"):
        job = world.train("raise SystemExit(3)", hyperparameters={"sagemaker_submit_directory": place}, channels=[channel])
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert untar(world.get(job["ModelArtifacts"]["S3ModelArtifacts"])) == {"a": b"found"}


def test_what_the_role_may_not_do_in_s3_fails_the_job_with_the_reason(world: World) -> None:
    on = f"arn:aws:s3:::{world.bucket}"
    listing, reading = allow("s3:ListBucket", on=on), allow("s3:GetObject", on=f"{on}/code/*")
    data = world.put("secret/rows.csv", "1")
    channel = world.channel("train", data)
    lists = "No S3 objects found under S3 URL"
    saves = 'import os, pathlib; (pathlib.Path(os.environ["SM_MODEL_DIR"]) / "a").write_text("b")'
    for statements, reason in (
        ((reading,), f"ClientError: {lists}"),
        ((listing, reading), "ClientError: Data download failed:AccessDenied (403): User: arn:aws:sts::000000000000:assumed-role/"),
        ((listing, allow("s3:GetObject", on=f"{on}/*")), "ClientError: Artifact upload failed:AccessDenied (403): "),
    ):
        job = world.train(saves, channels=[channel], RoleArn=world.new_role("weak", *statements))
        assert job["TrainingJobStatus"] == "Failed"
        assert job["FailureReason"].startswith(reason), job["FailureReason"]
    empty = world.train(saves, channels=[world.channel("train", f"s3://{world.bucket}/nothing/")])
    assert f'"{world.role}" has "s3:ListBucket" permissions' in empty["FailureReason"]


def test_a_model_is_written_under_the_key_that_the_job_names_and_the_role_must_be_allowed_to_use_it(world: World) -> None:
    kms = world.home.client("kms")
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [root]})
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    saves = 'import os, pathlib; (pathlib.Path(os.environ["SM_MODEL_DIR"]) / "a").write_text("b")'
    output = {"S3OutputPath": f"s3://{world.bucket}/keyed", "KmsKeyId": key}
    refused = world.train(saves, OutputDataConfig=output)
    assert refused["FailureReason"].startswith("ClientError: Artifact upload failed:AccessDenied (403): ")
    assert "kms:GenerateDataKey" in refused["FailureReason"]
    on = [f"arn:aws:s3:::{world.bucket}", f"arn:aws:s3:::{world.bucket}/*"]
    role = world.new_role("keyed", allow("s3:*", on=on), allow("kms:GenerateDataKey", "kms:Decrypt", on=key))
    job = world.train(saves, OutputDataConfig=output, RoleArn=role)
    assert job["TrainingJobStatus"] == "Completed", job
    bucket, _, name = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    assert world.s3.head_object(Bucket=bucket, Key=name)["SSEKMSKeyId"] == key


def test_a_volume_under_a_key_needs_a_role_that_may_lend_the_key_to_aws(world: World) -> None:
    key = world.home.client("kms").create_key()["KeyMetadata"]["Arn"]
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5, "VolumeKmsKeyId": key}
    refused = world.train("", ResourceConfig=resources)
    assert refused["TrainingJobStatus"] == "Failed"
    assert f"kms:CreateGrant on resource: {key}" in refused["FailureReason"]
    on = [f"arn:aws:s3:::{world.bucket}", f"arn:aws:s3:::{world.bucket}/*"]
    lends = {**allow("kms:CreateGrant", on=key), "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}
    role = world.new_role("lender", allow("s3:*", on=on), allow("logs:*"), lends)
    assert world.train("", ResourceConfig=resources, RoleArn=role)["TrainingJobStatus"] == "Completed"
