"""Data capture: what an endpoint was asked and what it answered, as lines of JSON in S3."""

import base64
import datetime
import json
import logging
import random
import uuid
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from local import identity
from local.sagemaker import roles, s3
from local.sagemaker.answers import Data
from local.sagemaker.endpoints.fleet import Variant
from local.sagemaker.serving.container import Reply

MODES = {"Input": ("Input", "InputAndOutput"), "Output": ("Output", "InputAndOutput")}
log = logging.getLogger("home.sagemaker")


@dataclass(frozen=True)
class Seen:
    """One invocation: of which endpoint and variant, what was asked, as what, and the answer."""

    endpoint: str
    variant: Variant
    body: bytes
    kind: str
    reply: Reply


def note(config: Data, seen: Seen) -> None:
    """Write an invocation in the background, if the configuration and the draw say so."""
    if not config or not config.get("EnableCapture", True):
        return
    if random.random() * 100 >= config["InitialSamplingPercentage"]:  # noqa: S311 - no secret
        return
    identity.in_background(lambda: _write(config, seen), name="capture")


def _write(config: Data, seen: Seen) -> None:
    now, event = datetime.datetime.now(datetime.UTC), str(uuid.uuid4())
    asked = [each["CaptureMode"] for each in config["CaptureOptions"]]
    data: Data = {}
    if any(mode in MODES["Input"] for mode in asked):
        data["endpointInput"] = _part(config, seen.body, kind=seen.kind, mode="INPUT")
    if any(mode in MODES["Output"] for mode in asked):
        data["endpointOutput"] = _part(config, seen.reply.body, kind=seen.reply.kind, mode="OUTPUT")
    about = {"eventId": event, "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    line = json.dumps({"captureData": data, "eventMetadata": about, "eventVersion": "0"})
    where = f"{seen.endpoint}/{seen.variant.name}/{now:%Y/%m/%d/%H}/{now:%M-%S}-{now.microsecond // 1000:03d}-{event}.jsonl"
    try:
        client = identity.client("s3", roles.session(seen.variant.model["ExecutionRoleArn"]))
        target = f"{config['DestinationS3Uri'].rstrip('/')}/{where}"
        s3.write(client, target, f"{line}\n".encode(), key=config.get("KmsKeyId") or "")
    except (s3.DataError, PermissionError, ClientError, BotoCoreError) as error:
        log.warning("what endpoint %s answered is not captured: %s", seen.endpoint, error)


def _part(config: Data, body: bytes, *, kind: str, mode: str) -> Data:
    header = config.get("CaptureContentTypeHeader") or {}
    plain = {"CSV": header.get("CsvContentTypes") or (), "JSON": header.get("JsonContentTypes") or ()}
    encoding = next((name for name, kinds in plain.items() if kind.partition(";")[0].strip() in kinds), "BASE64")
    text = body.decode(errors="replace") if encoding != "BASE64" else base64.b64encode(body).decode()
    return {"observedContentType": kind, "mode": mode, "data": text, "encoding": encoding}
