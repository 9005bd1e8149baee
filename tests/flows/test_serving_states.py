"""The states that serve a version, taken from the template and run at home with models that come up and models that do not."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("CDK_VALIDATION", "false")

import aws_cdk as cdk

from app import build
from tests.flows.platform import ROOT
from tests.local.conftest import allow, start_home
from tests.local.sagemaker.conftest import IMAGE, World, tar
from tests.local.sagemaker.test_endpoints import CODE, SAYS
from tests.local.sagemaker.test_machines import ended
from tests.templates.reading import Platform
from tests.templates.test_learning import states
from tools.bundle import bundle

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_only")]

NAME = "lakemill-dev-segments"
FIRST = "Look at the artefact again"
BROKEN = "def model_fn(folder):\n    raise SystemExit('no model')\n"
DOES_NOT = f"The endpoint {NAME} does not serve version {{version}}: The primary container for a production variant did not pass"


@dataclass(frozen=True)
class Bench:
    """A home, the states, and a role that may do all of it (what the flow's own role may is shown by the flow's tests)."""

    world: World
    states: dict[str, Any]
    role: str

    def serve(self, run: str, *, script: str = SAYS, sealed: str = "") -> tuple[bool, str, str]:
        """Serves a model that says the run's name: whether it went well, the reason if not, and the version."""
        key = f"{run}.tar.gz"
        body = tar({"model.json": json.dumps(run), "code/serve.py": script})
        made = self.world.s3.put_object(Bucket=self.world.bucket, Key=key, Body=body)["VersionId"]
        artefact = f"s3://{self.world.bucket}/{key}"
        package = self._registered(artefact)
        version = package.rpartition("/")[2]
        given = {"package": package, "artefact": artefact, "sealed": sealed or made, "version": version}
        sfn = self.world.home.client("stepfunctions")
        definition = json.dumps(self._definition(given))
        machine = sfn.create_state_machine(name=f"machine-{run}", roleArn=self.role, definition=definition)["stateMachineArn"]
        done = ended(self.world, sfn.start_execution(stateMachineArn=machine, name=f"segments-{run}")["executionArn"])
        assert done["status"] == "SUCCEEDED", done.get("cause")
        said = json.loads(done["output"])
        return said["served"], said.get("reason", ""), version

    def kept(self) -> tuple[list[str], list[str]]:
        """All configurations and all models."""
        configs, models = self.world.sagemaker.list_endpoint_configs(), self.world.sagemaker.list_models()
        return [each["EndpointConfigName"] for each in configs["EndpointConfigs"]], [each["ModelName"] for each in models["Models"]]

    def says(self) -> str:
        answer = self.world.home.client("sagemaker-runtime").invoke_endpoint(EndpointName=NAME, Body=b"x")
        return str(json.loads(answer["Body"].read())["says"])

    def _registered(self, artefact: str) -> str:
        container = {"Image": IMAGE, "ModelDataUrl": artefact, "Environment": CODE}
        spec = {"Containers": [container], "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
        found = self.world.sagemaker.create_model_package(
            ModelPackageGroupName=NAME, ModelApprovalStatus="Approved", InferenceSpecification=spec
        )
        return str(found["ModelPackageArn"])

    def _definition(self, given: dict[str, str]) -> dict[str, Any]:
        """The states from the first one of serving on, with ends instead of what comes before and after."""
        ends = {
            "Start": {"Type": "Pass", "Assign": given, "Next": FIRST},
            "Summarise": {"Type": "Pass", "Output": {"served": True}, "End": True},
            "Notify of failure": {"Type": "Pass", "Output": {"served": False, "reason": "{% $reason %}"}, "End": True},
        }
        every, found, ahead = {**self.states, **ends}, {}, ["Start"]
        while ahead:
            name = ahead.pop()
            if name not in found:
                found[name] = every[name]
                ways = (found[name], *found[name].get("Choices", ()), *found[name].get("Catch", ()))
                ahead += [each[word] for each in ways for word in ("Next", "Default") if word in each]
        whole = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Start", "States": found})
        changed: dict[str, Any] = json.loads(whole.replace("arn:<AWS::Partition>:states", "arn:aws:states"))
        for each in (state for state in changed["States"].values() if state["Type"] == "Wait"):
            each["Seconds"] = 1
        changed["States"]["Make a model to serve"]["Arguments"]["ExecutionRoleArn"] = self.world.role
        return changed


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bundle()
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    dev = {**context["environments"]["dev"], "segments": True, "model_endpoint": "serverless", "endpoint_isolated": False}
    app = build(cdk.App(context={**context, "environments": {"dev": dev}}, outdir=str(tmp_path_factory.mktemp("cdk.out"))))
    found = states(Platform.of(Path(app.synth().directory)))
    home = start_home(Path(tmp_path_factory.mktemp("home")) / "home")
    try:
        world = World(home)
        world.s3.put_bucket_versioning(Bucket=world.bucket, VersioningConfiguration={"Status": "Enabled"})
        world.sagemaker.create_model_package_group(ModelPackageGroupName=NAME)
        rights = allow("sagemaker:*"), allow("s3:GetObject"), allow("iam:PassRole", on=world.role)
        yield Bench(world, found, world.new_role("machine", *rights, service="states.amazonaws.com"))
    finally:
        home.stop()


def test_versions_come_and_go_behind_one_name_and_nothing_of_those_that_lost_is_left(bench: Bench) -> None:
    served, reason, version = bench.serve("first", script=BROKEN)
    assert (served, reason.startswith(DOES_NOT.format(version=version))) == (False, True)
    assert bench.kept() == ([], [])
    assert bench.world.sagemaker.describe_endpoint(EndpointName=NAME)["EndpointStatus"] == "Failed"
    for run in ("second", "third"):  # the second makes the endpoint anew, the third changes it
        served, _, version = bench.serve(run)
        assert (served, bench.says()) == (True, run)
        assert bench.kept() == ([f"{NAME}-{run}-v{version}"], [f"{NAME}-{run}-v{version}"])
    before = bench.kept()
    served, reason, version = bench.serve("fourth", script=BROKEN)
    assert (served, reason.startswith(DOES_NOT.format(version=version))) == (False, True)
    assert (bench.says(), bench.kept()) == ("third", before)
    served, reason, version = bench.serve("fifth", sealed="another")
    assert (served, f"stays as it was: the artefact of version {version} was changed after it was registered" in reason) == (False, True)
    assert (bench.says(), bench.kept()) == ("third", before)
    served, _, _ = bench.serve("sixth")
    assert (served, bench.says()) == (True, "sixth")
