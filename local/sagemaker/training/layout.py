"""The folder of a job, laid out as `/opt/ml` is on AWS: its configuration files and channels."""

import json
from pathlib import Path
from typing import Any

from local.sagemaker import s3
from local.sagemaker.answers import Data

HOST = "algo-1"
GROUP = "homogeneousCluster"
OPT_ML = "/opt/ml"
FOLDERS = ("input/config", "input/data", "model", "output/data", "code", "tmp")


def make(base: Path, job: Data) -> None:
    """Make the folders and the configuration files of a job."""
    for name in FOLDERS:
        (base / name).mkdir(parents=True, exist_ok=True)
    files = {
        "hyperparameters": job.get("HyperParameters") or {},
        "inputdataconfig": channels(job),
        "resourceconfig": resources(job),
    }
    for name, content in files.items():
        (base / "input" / "config" / f"{name}.json").write_text(json.dumps(content))


def bring_channels(base: Path, job: Data, *, client: Any) -> None:
    """Download every channel as the job's role. Raises s3.DataError."""
    for channel in job.get("InputDataConfig") or ():
        folder = base / "input" / "data" / channel["ChannelName"]
        folder.mkdir()
        s3.download(client, channel["DataSource"]["S3DataSource"]["S3Uri"], folder, role=job["RoleArn"])


def channels(job: Data) -> dict[str, Data]:
    """What `inputdataconfig.json` says of each channel."""
    return {each["ChannelName"]: _channel(each, job) for each in job.get("InputDataConfig") or ()}


def resources(job: Data) -> Data:
    """What `resourceconfig.json` says: one host. The home's interface is the loopback."""
    kind = job["ResourceConfig"]["InstanceType"]
    return {
        "current_host": HOST,
        "current_instance_type": kind,
        "current_group_name": GROUP,
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": GROUP, "instance_type": kind, "hosts": [HOST]}],
        "network_interface_name": "lo",
    }


def here(base: Path, path: str) -> str:
    """A path of the container as a path below the job's folder; other texts as they are."""
    return f"{base}{path[len(OPT_ML) :]}" if path == OPT_ML or path.startswith(f"{OPT_ML}/") else path


def _channel(channel: Data, job: Data) -> Data:
    source = channel["DataSource"]["S3DataSource"]
    content = {"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}
    return {
        "TrainingInputMode": channel.get("InputMode") or job["AlgorithmSpecification"]["TrainingInputMode"],
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        **content,
    }
