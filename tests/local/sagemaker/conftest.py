"""SageMaker's world in the shared home: a bucket, roles, and short ways to send scripts and wait for jobs."""

import io
import itertools
import json
import tarfile
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Home, allow, until

IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
CODE = "/opt/ml/input/data/code"
_numbers = itertools.count()


def tar(files: Mapping[str, str | bytes]) -> bytes:
    """A .tar.gz of files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            body = text.encode() if isinstance(text, str) else text
            found = tarfile.TarInfo(name)
            found.size = len(body)
            archive.addfile(found, io.BytesIO(body))
    return buffer.getvalue()


def untar(body: bytes) -> dict[str, bytes]:
    """The files of a .tar.gz."""
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return {each.name: archive.extractfile(each).read() for each in archive.getmembers() if each.isfile()}  # type: ignore[union-attr]


class World:
    """A bucket of its own, a role that may work in it, and SageMaker as root."""

    def __init__(self, home: Home) -> None:
        self.home, self.bucket = home, f"models-{next(_numbers)}"
        self.s3, self.sagemaker, self.logs = home.client("s3"), home.client("sagemaker"), home.client("logs")
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": home.about["region"]})
        on = [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"]
        self.role = self.new_role("worker", allow("s3:GetObject", "s3:PutObject", "s3:ListBucket", on=on), allow("logs:*"))

    def new_role(self, name: str, *statements: dict[str, Any], service: str = "sagemaker.amazonaws.com") -> str:
        """A role that `service` and the account may assume; its ARN."""
        iam, name = self.home.client("iam"), f"{name}-{next(_numbers)}"
        principal = {"AWS": "arn:aws:iam::000000000000:root", "Service": service}
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return str(arn)

    def name(self, kind: str = "job") -> str:
        return f"{kind}-{next(_numbers)}"

    def put(self, key: str, body: bytes | str) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.encode() if isinstance(body, str) else body)
        return f"s3://{self.bucket}/{key}"

    def get(self, address: str) -> bytes:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        return bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def channel(self, name: str, address: str) -> dict[str, Any]:
        return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": address}}}

    def job(self, script: str, *, hyperparameters: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """A CreateTrainingJob request that runs `script`, sent as the channel `code`."""
        name = self.name()
        given = {"sagemaker_program": "train.py", "sagemaker_submit_directory": CODE, **(hyperparameters or {})}
        code = self.put(f"code/{name}/train.py", script).rpartition("/")[0]
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File", **more.pop("algorithm", {})},
            "RoleArn": self.role,
            "HyperParameters": {key: json.dumps(value) for key, value in given.items()},
            "InputDataConfig": [self.channel("code", f"{code}/"), *more.pop("channels", [])],
            "OutputDataConfig": {"S3OutputPath": f"s3://{self.bucket}/out/"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
            **more,
        }

    def train(self, script: str, **more: Any) -> dict[str, Any]:
        """Runs a script as a training job; the job when it has ended."""
        asked = self.job(script, **more)
        self.sagemaker.create_training_job(**asked)
        return self.ended(asked["TrainingJobName"])

    def ended(self, job: str) -> dict[str, Any]:
        def look() -> Any:
            found = self.sagemaker.describe_training_job(TrainingJobName=job)
            return found["TrainingJobStatus"] not in ("InProgress", "Stopping") and found

        return dict(until(look, seconds=60, every=0.05))

    def lines(self, job: str, *, group: str = "/aws/sagemaker/TrainingJobs") -> list[str]:
        streams = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
        events = [self.logs.get_log_events(logGroupName=group, logStreamName=each["logStreamName"])["events"] for each in streams]
        return [event["message"] for part in events for event in part]


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    """Code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as caught:
        call()
    found = caught.value.response["Error"]
    return found["Code"], found["Message"]


@pytest.fixture(scope="session")
def world(home: Home) -> World:
    return World(home)
