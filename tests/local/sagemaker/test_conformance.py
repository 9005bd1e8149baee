"""The official toolkit beside the home: the same job, what its script sees, and how its failure is told.

Optional: it needs the toolkit, which is no dependency of ours, in a folder that `SAGEMAKER_TOOLKIT` names:
`uv pip install --target FOLDER sagemaker-training==5.1.4` (it needs a C compiler).
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local import plugs  # noqa: F401 - the stand-ins know each other; they are imported as the home imports them
from local.sagemaker.training import layout, outcome, script

TOOLKIT = os.environ.get("SAGEMAKER_TOOLKIT", "")
pytestmark = pytest.mark.skipif(not TOOLKIT, reason="the official toolkit is not at hand (SAGEMAKER_TOOLKIT)")
SEES = """
import json, os, pathlib, sys
seen = {"arguments": sys.argv, "folder": os.getcwd(), "files": sorted(p.name for p in pathlib.Path.cwd().iterdir())}
seen["environment"] = {k: v for k, v in os.environ.items() if k.startswith("SM_")}
pathlib.Path(os.environ["SM_MODEL_DIR"], "seen.json").write_text(json.dumps(seen))
sys.exit(int(os.environ["SM_HP_CODE"]))
"""
# The home's host has no such name, the toolkit has further ones, and its versions differ in what they say of a cluster.
DIFFERENT = {"SM_HOSTS", "SM_CURRENT_HOST", "SM_RESOURCE_CONFIG", "SM_FRAMEWORK_MODULE", "SM_USER_ARGS"}


def job(code: int) -> dict[str, Any]:
    """A training job as the API keeps it."""
    given = {"sagemaker_program": "train.py", "sagemaker_submit_directory": "/opt/ml/input/data/code", "code": code}
    given |= {"k": 3, "columns": ["a", "b"], "rate": 0.5, "flag": True, "name": "x y", "nested": {"b": 1, "a": 2}, "none": None}
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/c"}}
    return {
        "TrainingJobName": "job",
        "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:000000000000:training-job/job",
        "HyperParameters": {name: json.dumps(value) for name, value in given.items()},
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "InputDataConfig": [{"ChannelName": "code", "DataSource": source}],
        "ResourceConfig": {"InstanceType": "ml.m5.large"},
    }


def prepared(base: Path, code: int) -> dict[str, Any]:
    asked = job(code)
    layout.make(base, asked)
    channel = base / "input" / "data" / "code"
    channel.mkdir()
    (channel / "train.py").write_text(SEES)
    return asked


def by_the_home(base: Path, code: int) -> tuple[dict[str, Any], script.Start]:
    start = script.prepare(base, prepared(base, code), client=None, session={})
    done = subprocess.run(start.command, env=start.environment, cwd=base / "code", capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return json.loads((base / "model" / "seen.json").read_text()), start


def by_the_toolkit(base: Path, code: int) -> dict[str, Any]:
    prepared(base, code)
    shutil.rmtree(base / "code")
    resources = base / "input" / "config" / "resourceconfig.json"
    resources.write_text(resources.read_text().replace(layout.HOST, "localhost"))  # it would look for the host for 15 minutes
    hyperparameters = base / "input" / "config" / "hyperparameters.json"
    hyperparameters.write_text(hyperparameters.read_text().replace(layout.OPT_ML, str(base)))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": TOOLKIT, "SAGEMAKER_BASE_DIR": str(base)}
    environment |= {"TRAINING_JOB_NAME": "job", "AWS_REGION": "eu-west-1"}
    command = [sys.executable, "-c", "from sagemaker_training.cli.train import main; main()"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (base / "model" / "seen.json").exists(), done.stdout[-2000:] + done.stderr[-2000:]
    return dict(json.loads((base / "model" / "seen.json").read_text()))


def test_a_script_sees_the_same_under_the_home_and_under_the_toolkit(tmp_path: Path) -> None:
    home, _ = by_the_home(tmp_path / "home", 0)
    toolkit = by_the_toolkit(tmp_path / "toolkit", 0)
    assert home["arguments"] == toolkit["arguments"]
    assert home["files"] == toolkit["files"]
    of_home, of_toolkit = (
        {k: v.replace(str(tmp_path / name), "") for k, v in seen["environment"].items() if k not in DIFFERENT}
        for name, seen in (("home", home), ("toolkit", toolkit))
    )
    wrong = {name: (value, of_toolkit.get(name)) for name, value in of_home.items() if of_toolkit.get(name) != value}
    assert wrong == {}
    assert json.loads(home["environment"]["SM_USER_ARGS"]) == json.loads(toolkit["environment"]["SM_USER_ARGS"])


def test_a_failure_is_told_in_the_toolkits_words(tmp_path: Path) -> None:
    _, start = by_the_home(tmp_path / "home", 7)
    by_the_toolkit(tmp_path / "toolkit", 7)
    said = (tmp_path / "toolkit" / "output" / "failure").read_text().replace(sys.executable, script.SHOWN_PYTHON)
    said = said.replace(" -- train.py", " train.py")  # newer than the image's 4.8, it guards the script's name
    assert outcome.reason(start.shown, code=7) == f"AlgorithmError: {said}, exit code: 1"
