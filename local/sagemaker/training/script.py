"""The command and environment of a training script: what the framework's toolkit makes of a job on AWS.

Hyperparameters that begin with `sagemaker_` are the toolkit's, all others the script's arguments, by name; values were written as
JSON. The environment holds what a container has and nothing of the home's.
"""

import json
import os
import shlex
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import import_path
from local.sagemaker import s3
from local.sagemaker.answers import Data
from local.sagemaker.images import OFFERED
from local.sagemaker.training import layout

SHOWN_PYTHON = "/miniconda3/bin/python"


class ScriptError(Exception):
    """The toolkit cannot start the script: an `AlgorithmError` of the job."""


@dataclass(frozen=True)
class Start:
    """How to start a script: the command, its environment, and the command as AWS shows it."""

    command: list[str]
    environment: dict[str, str]
    shown: str


def prepare(base: Path, job: Data, *, client: Any, session: dict[str, str]) -> Start:
    """Bring the code and make the command. `session` is empty in network isolation. Raises ScriptError and s3.DataError."""
    given = {name: _decoded(value) for name, value in (job.get("HyperParameters") or {}).items()}
    user = {name: value for name, value in given.items() if not name.startswith("sagemaker_")}
    program = str(given["sagemaker_program"])
    _bring_code(base, str(given.get("sagemaker_submit_directory") or ""), client=client if session else None)
    _check_code(base / "code", program)
    arguments = [part for name in sorted(user) for part in (_flag(name), _argument(user[name]))]
    python = import_path.interpreter(*OFFERED)
    environment = _environment(base, job, user=user) | {
        "SM_USER_ARGS": json.dumps(arguments),
        "SM_USER_ENTRY_POINT": program,
        "SM_MODULE_NAME": program.removesuffix(".py"),
        "SM_MODULE_DIR": layout.here(base, str(given.get("sagemaker_submit_directory") or base / "code")),
        "PATH": f"{python.parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
        **session,
        **{str(k): str(v) for k, v in (job.get("Environment") or {}).items()},
    }
    if program.endswith(".py"):
        return Start([str(python), program, *arguments], environment, " ".join([SHOWN_PYTHON, program, *arguments]))
    line = shlex.join([f"./{program}", *arguments])
    return Start(["/bin/sh", "-c", line], environment, f"/bin/sh -c {line}")


def _bring_code(base: Path, source: str, *, client: Any) -> None:
    """The code, from where `sagemaker_submit_directory` says: an address of S3, a folder, an archive, or one file."""
    code, path = base / "code", Path(layout.here(base, source))
    if source.startswith("s3://"):
        if client is None:
            raise ScriptError(f"framework error: the code at {source} cannot be fetched in network isolation; send it as a channel")
        s3.unpack(s3.fetch(client, source, base / "tmp" / "sourcedir.tar.gz"), code)
    elif not source or not path.exists():
        raise ScriptError(f"framework error: no code at sagemaker_submit_directory {source!r}")
    elif path.is_dir():
        shutil.copytree(path, code, dirs_exist_ok=True)
    elif tarfile.is_tarfile(path):
        s3.unpack(path, code)
    else:
        shutil.copy2(path, code)


def _check_code(code: Path, program: str) -> None:
    if not (code / program).is_file():
        raise ScriptError(f"framework error: [Errno 2] No such file or directory: '{layout.OPT_ML}/code/{program}'")
    for name in ("requirements.txt", "setup.py"):
        if (code / name).exists():
            raise ScriptError(f"the local home installs nothing at a job's start ({name}): send what the script needs with it")


def _environment(base: Path, job: Data, *, user: dict[str, Any]) -> dict[str, str]:
    data, config = layout.channels(job), layout.resources(job)
    found = {
        "HOME": str(base / "tmp"),
        "TMPDIR": str(base / "tmp"),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(base / "code"),
        "SAGEMAKER_BASE_DIR": str(base),
        "TRAINING_JOB_NAME": job["TrainingJobName"],
        "TRAINING_JOB_ARN": job["TrainingJobArn"],
        "SM_MODEL_DIR": str(base / "model"),
        "SM_INPUT_DIR": str(base / "input"),
        "SM_INPUT_CONFIG_DIR": str(base / "input" / "config"),
        "SM_OUTPUT_DIR": str(base / "output"),
        "SM_OUTPUT_DATA_DIR": str(base / "output" / "data"),
        "SM_HPS": _json(user),
        "SM_CHANNELS": _json(sorted(data)),
        "SM_INPUT_DATA_CONFIG": _json(data),
        "SM_RESOURCE_CONFIG": _json(config),
        "SM_HOSTS": _json(config["hosts"]),
        "SM_CURRENT_HOST": config["current_host"],
        "SM_CURRENT_INSTANCE_TYPE": config["current_instance_type"],
        "SM_NETWORK_INTERFACE_NAME": config["network_interface_name"],
        "SM_NUM_CPUS": str(os.cpu_count() or 1),
        "SM_NUM_GPUS": "0",
        "SM_LOG_LEVEL": "20",
        "SM_FRAMEWORK_MODULE": "sagemaker_sklearn_container.training:main",
    }
    found |= {f"SM_CHANNEL_{name.upper()}": str(base / "input" / "data" / name) for name in data}
    return found | {f"SM_HP_{name.upper()}": _variable(value) for name, value in user.items()}


def _decoded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _flag(name: str) -> str:
    return f"--{name}" if len(name) > 1 else f"-{name}"


def _argument(value: Any) -> str:
    """A value as the toolkit writes it on the command line: Python's own form, not JSON."""
    if isinstance(value, dict):
        return ",".join(f"{key}={value[key]}" for key in sorted(value))
    return "" if value is None else str(value)


def _variable(value: Any) -> str:
    """A value as the toolkit writes it into a variable."""
    if isinstance(value, str):
        return value
    return "" if value is None else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
