"""Our table of image accounts against the SageMaker SDK's own, where the notebooks' environment is installed (`make notebook`)."""

import json
import os
import subprocess

import pytest

from lakemill import models
from stacks.parts.image_accounts import ACCOUNTS
from tests.architecture.sources import ROOT

PYTHON = ROOT / ".local" / "notebook" / "bin" / "python"
ASK = """
import json, sys
from sagemaker.core import image_uris
version, py_version, regions = sys.argv[1], sys.argv[2], sys.argv[3:]
print(json.dumps({region: image_uris.retrieve("sklearn", region, version=version, py_version=py_version, instance_type="ml.m5.large")
                  for region in regions}))
"""


@pytest.mark.skipif(not PYTHON.exists(), reason="the notebooks' environment is not installed: make notebook")
def test_our_image_addresses_are_those_of_the_sdk_in_every_region() -> None:
    repository, _, tag = models.model("segments").image.partition(":")
    version, processor, py_version = tag.rsplit("-", 2)
    env = {"PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "HOME": str(ROOT / ".local/notebook")}
    asked = subprocess.run([PYTHON, "-c", ASK, version, py_version, *ACCOUNTS], env=env, capture_output=True, text=True, check=True)
    sdk = json.loads(asked.stdout.splitlines()[-1])
    suffix = {region: "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com" for region in ACCOUNTS}
    assert processor == "cpu"
    assert sdk == {region: f"{account}.dkr.ecr.{region}.{suffix[region]}/{repository}:{tag}" for region, account in ACCOUNTS.items()}
