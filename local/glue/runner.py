"""One run of a job, from its files to its last state, as the job's role."""

import logging
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local import engines, identity
from local.errors import HomeError
from local.glue import arguments, credentials, events, failure, spark
from local.glue.logs import Stream, groups

SERVICE = "glue.amazonaws.com"
SESSION_NAME = "GlueJobRunnerSession"
Run = dict[str, Any]
log = logging.getLogger("home.glue")

_processes: dict[str, subprocess.Popen[bytes]] = {}


def carry_out(run: Run, job: dict[str, Any]) -> None:
    """Run `job` as `run`, which is kept up to date for GetJobRun. Never raises: what goes wrong is the run's error."""
    folder = Path(tempfile.mkdtemp(prefix="glue-"))
    try:
        with engines.places:
            _run(run, job, folder=folder)
    except (HomeError, PermissionError, ClientError, BotoCoreError, OSError, ValueError) as error:
        _end(run, "FAILED", str(error))
    except Exception as error:
        log.exception("run %s of %s", run["Id"], run["JobName"])
        _end(run, "FAILED", f"the local home failed: {error}")
    finally:
        _processes.pop(run["Id"], None)
        shutil.rmtree(folder, ignore_errors=True)


def stop(run: Run) -> None:
    """End a run: its process and everything under it."""
    run["JobRunState"] = "STOPPING"
    process = _processes.get(run["Id"])
    if process:
        engines.stop(process)


def _run(run: Run, job: dict[str, Any], *, folder: Path) -> None:
    settings = arguments.read(run["Arguments"])
    session = identity.role_session(job["Role"], SESSION_NAME, service=SERVICE)
    client = identity.client("s3", session)
    script = _fetch(client, job["Command"]["ScriptLocation"], folder)
    files = [_fetch(client, address, folder / "files") for address in settings.python_files]
    paths = list(dict.fromkeys(f if f.suffix != ".py" else f.parent for f in files))
    names = ["--JOB_NAME", run["JobName"], "--JOB_ID", run["JobName"], "--JOB_RUN_ID", run["Id"]]
    streams = tuple(Stream(session, group=g, name=f"{settings.log_stream_prefix}{run['Id']}") for g in groups(settings, job))
    if run["JobRunState"] == "STOPPING":
        _end(run, "STOPPED", "")
        return
    renewed = credentials.Renewed(lambda seconds: _session(job, seconds), seconds=credentials.life())
    with credentials.served(renewed) as own:
        start = spark.start(settings, script=script, names=names, paths=paths, session=own)
        state, message = _follow(run, engines.start(start.command, environment=start.environment, folder=folder), streams=streams)
    _end(run, state, message)


def _session(job: dict[str, Any], seconds: float) -> dict[str, str]:
    return identity.role_session(job["Role"], SESSION_NAME, service=SERVICE, seconds=seconds)


def _follow(run: Run, process: subprocess.Popen[bytes], *, streams: tuple[Stream, ...]) -> tuple[str, str]:
    """The state and message in which a started process ends. Its output goes to the streams, that of errors is the last."""
    _processes[run["Id"]] = process
    for stream, pipe in zip(streams, (process.stdout, process.stderr), strict=True):
        assert pipe is not None
        stream.follow(pipe)
    run.update(JobRunState="RUNNING", LastModifiedOn=time.time())
    state = _wait(run, process)
    for stream in streams:
        stream.close()
    return state, failure.reason(list(streams[-1].lines), code=process.returncode) if state == "FAILED" else ""


def _wait(run: Run, process: subprocess.Popen[bytes]) -> str:
    state = ""
    try:
        process.wait(run["Timeout"] * 60)
    except subprocess.TimeoutExpired:
        state = "TIMEOUT"
    engines.stop(process)
    engines.finished(process)
    if run["JobRunState"] == "STOPPING":
        return "STOPPED"
    return state or ("SUCCEEDED" if process.returncode == 0 else "FAILED")


def _fetch(client: Any, address: str, folder: Path) -> Path:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not key:
        raise ValueError(f"{address!r} is not the address of an S3 object")
    folder.mkdir(exist_ok=True)
    target = folder / Path(key).name
    try:
        with target.open("wb") as file:
            shutil.copyfileobj(client.get_object(Bucket=bucket, Key=key)["Body"], file)
    except ClientError as error:
        found = error.response["Error"]
        raise PermissionError(f"{address} could not be read as {SESSION_NAME}: {found['Code']}: {found.get('Message', '')}") from error
    return target


def _end(run: Run, state: str, message: str) -> None:
    now = time.time()
    run.update(JobRunState=state, CompletedOn=now, LastModifiedOn=now, ExecutionTime=int(now - run["StartedOn"]))
    if state == "TIMEOUT":
        message = f"Job run timed out after {run['Timeout']} minutes"
    if message:
        run["ErrorMessage"] = message
    events.tell(run)
