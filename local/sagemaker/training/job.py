"""One training job, from its files to its end, as the job's role."""

import logging
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local import checkpoint, engines, identity
from local.errors import HomeError
from local.glue.logs import Stream
from local.sagemaker import events, isolation, roles, s3
from local.sagemaker.answers import Data
from local.sagemaker.training import layout, outcome, script, states
from local.sagemaker.training.metrics import Metrics

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
GRACE_SECONDS = 120.0
log = logging.getLogger("home.sagemaker")

_processes: dict[str, subprocess.Popen[bytes]] = {}


def carry_out(job: Data) -> None:
    """Do a job, which is kept up to date for DescribeTrainingJob. Never raises: what goes wrong is the job's reason."""
    base = Path(tempfile.mkdtemp(prefix="train-"))
    try:
        with engines.places:
            _run(job, base)
    except (script.ScriptError, HomeError) as error:
        _end(job, "Failed", reason=f"AlgorithmError: {error}")
    except (s3.DataError, PermissionError, ClientError, BotoCoreError, OSError) as error:
        _end(job, "Failed", reason=f"ClientError: {error}")
    except Exception as error:
        log.exception("training job %s", job["TrainingJobName"])
        _end(job, "Failed", reason=f"InternalServerError: the local home failed: {error}")
    finally:
        _processes.pop(job["TrainingJobArn"], None)
        shutil.rmtree(base, ignore_errors=True)


def stop(job: Data) -> None:
    """Ask a job to end: SIGTERM, and after two minutes by force. What it has made is kept."""
    job["TrainingJobStatus"] = "Stopping"
    states.enter(job, "Stopping")
    process = _processes.get(job["TrainingJobArn"])
    if process:
        identity.in_background(lambda: engines.stop(process, grace=GRACE_SECONDS), name="train-stop")


def _run(job: Data, base: Path) -> None:
    if job["TrainingJobStatus"] == "Stopping":
        _end(job, "Stopped")
        return
    session = roles.session(job["RoleArn"])
    roles.lend(session, job["ResourceConfig"].get("VolumeKmsKeyId") or "")
    client = identity.client("s3", session)
    states.enter(job, "Downloading")
    events.training(job)
    layout.make(base, job)
    layout.bring_channels(base, job, client=client)
    start = script.prepare(base, job, client=client, session={} if job.get("EnableNetworkIsolation") else session)
    stream = Stream(session, group=LOG_GROUP, name=f"{job['TrainingJobName']}/{layout.HOST}-{int(time.time())}")
    if job["TrainingJobStatus"] == "Stopping":
        _end(job, "Stopped")
        return
    late = _train(job, base, start=start, stream=stream)
    code = _processes[job["TrainingJobArn"]].returncode
    stopped = late or job["TrainingJobStatus"] == "Stopping"
    states.enter(job, "Uploading")
    outcome.upload(base, job, client=client, model=stopped or code == 0)
    if stopped:
        _end(job, "MaxRuntimeExceeded" if late else "Stopped")
    elif code == 0:
        _end(job, "Completed")
    else:
        _end(job, "Failed", reason=outcome.reason(start.shown, code=code))


def _train(job: Data, base: Path, *, start: script.Start, stream: Stream) -> bool:
    """Run the script to its end; whether its time was over."""
    command = [*(isolation.prefix() if job.get("EnableNetworkIsolation") else ()), *start.command]
    metrics = Metrics(job["AlgorithmSpecification"].get("MetricDefinitions") or ())
    process = engines.start(command, environment=start.environment, folder=base / "code", merged=True)
    _processes[job["TrainingJobArn"]] = process
    assert process.stdout is not None
    stream.follow(metrics.watch(process.stdout))
    if job["TrainingJobStatus"] == "InProgress":
        states.enter(job, "Training")
        job["TrainingStartTime"] = job["LastModifiedTime"]
    if job["TrainingJobStatus"] == "Stopping":  # asked for before there was a process to tell
        engines.stop(process, grace=GRACE_SECONDS)
    late = False
    try:
        process.wait(job["StoppingCondition"]["MaxRuntimeInSeconds"])
    except subprocess.TimeoutExpired:
        late = True
    engines.stop(process, grace=GRACE_SECONDS)
    engines.finished(process)
    stream.close()
    job["FinalMetricDataList"] = list(metrics.found.values())
    return late


def _end(job: Data, status: str, *, reason: str = "") -> None:
    now = time.time()
    seconds = max(1, round(now - job["TrainingStartTime"])) if "TrainingStartTime" in job else 0
    more: dict[str, Any] = {"FailureReason": reason[: outcome.LONGEST]} if reason else {}
    job.update(TrainingEndTime=now, TrainingTimeInSeconds=seconds, BillableTimeInSeconds=seconds, **more)
    states.enter(job, status, when=now)
    job["SecondaryStatusTransitions"][-1]["EndTime"] = now
    job["TrainingJobStatus"] = "Stopped" if status == "MaxRuntimeExceeded" else status
    checkpoint.soon("sagemaker")
    events.training(job)
