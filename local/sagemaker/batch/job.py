"""One batch transform job, from its objects to its answers, as the role of its model."""

import logging
import secrets
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local import checkpoint, engines, identity
from local.errors import HomeError
from local.sagemaker import events, roles, s3
from local.sagemaker.answers import Data
from local.sagemaker.batch import payloads
from local.sagemaker.serving.container import Container, ContainerError

LOG_GROUP = "/aws/sagemaker/TransformJobs"
SECONDS = 600
OK = 200
log = logging.getLogger("home.sagemaker")


class AnswerError(Exception):
    """An answer of the container that ends the job; `said` are the lines that the data log gets."""

    def __init__(self, said: list[str]) -> None:
        super().__init__("See job logs for more information")
        self.said = said


def carry_out(job: Data, model: Data) -> None:
    """Do a job, which is kept up to date for DescribeTransformJob. Never raises: what goes wrong is the job's reason."""
    with engines.places:
        status, reason = _outcome(job, model)
    job.update(TransformEndTime=time.time(), **({"FailureReason": reason[:1024]} if reason else {}))
    job["TransformJobStatus"] = status
    checkpoint.soon("sagemaker")
    events.transform(job)


def _outcome(job: Data, model: Data) -> tuple[str, str]:
    """Status and reason of a job that was done; its container has ended and its log is written."""
    host = f"{job['TransformJobName']}/i-{secrets.token_hex(8)}"
    container = None
    try:
        container = Container(model, logs=(LOG_GROUP, host), environment=_environment(job))
        return _run(job, model, container=container), ""
    except AnswerError as error:
        _tell(model, host, lines=error.said)
        return "Failed", f"AlgorithmError: {error}"
    except (ContainerError, HomeError) as error:
        return "Failed", f"AlgorithmError: {error}"
    except (s3.DataError, PermissionError, ClientError, BotoCoreError, OSError) as error:
        return "Failed", f"ClientError: {error}"
    except Exception as error:
        log.exception("transform job %s", job["TransformJobName"])
        return "Failed", f"InternalServerError: the local home failed: {error}"
    finally:
        if container:
            container.stop()


def _run(job: Data, model: Data, *, container: Container) -> str:
    session = roles.session(model["ExecutionRoleArn"])
    roles.lend(session, job["TransformResources"].get("VolumeKmsKeyId") or "")
    client = identity.client("s3", session)
    source = job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    bucket, prefix = s3.place(source)
    found = s3.keys(client, source, role=model["ExecutionRoleArn"])
    container.start()
    job["TransformStartTime"] = time.time()
    events.transform(job)
    for key in found:
        if job["TransformJobStatus"] == "Stopping":
            return "Stopped"
        answers = _transformed(job, s3.read(client, f"s3://{bucket}/{key}"), key=f"{bucket}/{key}", container=container)
        output = job["TransformOutput"]
        target = f"{output['S3OutputPath'].rstrip('/')}/{s3.local_name(key, prefix=prefix)}.out"
        s3.write(client, target, payloads.assembled(answers, job), key=output.get("KmsKeyId") or "")
    return "Completed"


def _transformed(job: Data, body: bytes, *, key: str, container: Container) -> list[bytes]:
    answers = []
    seconds = (job.get("ModelClientConfig") or {}).get("InvocationsTimeoutInSeconds") or SECONDS
    kind, accept = job["TransformInput"].get("ContentType") or "", job["TransformOutput"].get("Accept") or ""
    try:
        for request in payloads.requests(body, job):
            reply = container.ask(request, kind=kind, accept=accept, seconds=seconds)
            if reply.status != OK:
                said = reply.body.decode(errors="replace")
                raise AnswerError([f"{key}: Bad HTTP status received from algorithm: {reply.status}", f"{key}: {said}"])
            answers.append(reply.body)
    except payloads.TooLargeError:
        raise AnswerError([f"{key}: Too much data for max payload size"]) from None
    return answers


def _environment(job: Data) -> dict[str, str]:
    return {
        "SAGEMAKER_BATCH": "true",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(job.get("MaxPayloadInMB", payloads.DEFAULT_MB)),
        "SAGEMAKER_BATCH_STRATEGY": "SINGLE_RECORD" if job.get("BatchStrategy") == "SingleRecord" else "MULTI_RECORD",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(job.get("MaxConcurrentTransforms") or 1),
        **(job.get("Environment") or {}),
    }


def _tell(model: Data, host: str, *, lines: list[str]) -> None:
    """Write the data log, beside the container's own."""
    client: Any = identity.client("logs", roles.session(model["ExecutionRoleArn"]))
    stream = {"logGroupName": LOG_GROUP, "logStreamName": f"{host}/data-log"}
    now = int(time.time() * 1000)
    try:
        client.create_log_stream(**stream)
        client.put_log_events(**stream, logEvents=[{"timestamp": now, "message": f"[sagemaker logs]: {line}"} for line in lines])
    except (ClientError, BotoCoreError) as error:
        log.warning("%s is not written: %s", LOG_GROUP, error)
