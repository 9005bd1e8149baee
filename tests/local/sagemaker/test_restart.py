"""A home that is killed: its jobs have failed and say so, and its endpoints answer again."""

import json
import os
import signal
from collections.abc import Callable

import pytest

from tests.local.conftest import Home, until
from tests.local.sagemaker.conftest import World
from tests.local.sagemaker.test_endpoints import config, endpoint, model, variant
from tests.local.sagemaker.test_training import WAITS


@pytest.mark.slow
def test_after_a_kill_jobs_have_failed_and_endpoints_and_the_registry_are_back(new_home: Callable[..., Home]) -> None:
    home = new_home()
    world = World(home)
    name = endpoint(world, config(world, variant(model(world, "kept"))))
    world.sagemaker.create_model_package_group(ModelPackageGroupName="kept")
    job = world.job(WAITS)
    world.sagemaker.create_training_job(**job)
    until(lambda: home_says(world, job["TrainingJobName"]) == "Training")
    os.kill(home.process.pid, signal.SIGKILL)
    home.process.wait()
    again = new_home(home.folder)
    assert f"training job {job['TrainingJobName']}" in again.about["lost"]
    sagemaker = again.client("sagemaker")
    found = sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"])
    assert (found["TrainingJobStatus"], found["FailureReason"]) == (
        "Failed",
        "InternalServerError: the local home ended while the job ran",
    )
    assert sagemaker.describe_model_package_group(ModelPackageGroupName="kept")["ModelPackageGroupStatus"] == "Completed"
    answer = again.client("sagemaker-runtime").invoke_endpoint(EndpointName=name, Body=b"x")["Body"].read()
    assert json.loads(answer)["says"] == "kept"


def home_says(world: World, job: str) -> str:
    return str(world.sagemaker.describe_training_job(TrainingJobName=job)["SecondaryStatus"])
