"""The notebook, executed whole by `make notebook` at a home where the flow has run, under the rights that the guide gives its user."""

import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.flows.learned import MODEL, Learned
from tests.flows.platform import ROOT, Platform

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_only")]

POLICY = ROOT / "docs" / "notebook-policy.json"
NAME = "customer_segments.ipynb"


@dataclass(frozen=True)
class Executed:
    """A notebook that ran to its end, and what its cells said."""

    learned: Learned
    cells: list[dict[str, Any]]
    page: str

    @property
    def said(self) -> str:
        """All text that cells printed."""
        outputs = [output for cell in self.cells for output in cell.get("outputs", ())]
        return "\n".join("".join(output["text"]) for output in outputs if output["output_type"] == "stream")

    @property
    def run(self) -> str:
        """The run's name."""
        return next(word for word in self.said.split() if word.startswith("notebook-"))

    def mapping(self) -> dict[str, int]:
        """The segment of each customer that the run left in Keyspaces."""
        return {row[0]: row[1] for row in self.learned.table(MODEL.by_row()) if self.run in row}

    def groups(self) -> dict[int, tuple[Any, ...]]:
        """Size and means of each segment that the run left in Keyspaces."""
        return {row[1]: row[2:6] for row in self.learned.table(MODEL.by_group()) if row[0] == self.run}

    def job(self) -> dict[str, Any]:
        """The training job, as SageMaker describes it."""
        found: dict[str, Any] = self.learned.platform.client("sagemaker").describe_training_job(
            TrainingJobName=f"lakemill-dev-segments-{self.run}"
        )
        return found


def allowed(learned: Learned) -> None:
    """Gives the scientist what the guide's policy says, and takes all else away."""
    root = learned.platform.client("cloudformation", root=True)
    resources = root.describe_stack_resources(StackName="lakemill-dev-storage")["StackResources"]
    [key] = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::KMS::Key"]
    home = json.loads((learned.platform.home / "home.json").read_text())
    blanks = {"env": "dev", "region": home["region"], "account": home["account"], "key": key.rpartition("/")[2]}
    text = POLICY.read_text()
    for blank, value in blanks.items():
        text = text.replace(f"{{{blank}}}", value)
    learned.platform.client("iam", root=True).put_user_policy(UserName="scientist", PolicyName="scientist", PolicyDocument=text)


def scientist(platform: Platform, service: str) -> Any:
    """A client of the home's scientist."""
    home = json.loads((platform.home / "home.json").read_text())
    keys = home["profiles"]["scientist"]
    session = boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=home["region"])
    return session.client(service, endpoint_url=home["endpoint"])


def execute(learned: Learned, notebook: Path, *, to: Path) -> Executed:
    """The notebook after `make notebook`."""
    env = {**os.environ, "LAKEMILL_HOME": str(learned.platform.home)}
    command = ["make", "--no-print-directory", "notebook", f"NOTEBOOK={notebook}", f"EXECUTED={to}"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=1500)
    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-6000:]}"
    return Executed(learned, json.loads((to / notebook.name).read_text())["cells"], (to / notebook.with_suffix(".html").name).read_text())


@pytest.fixture(scope="module")
def executed(learned: Learned, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    allowed(learned)
    return execute(learned, learned.platform.project / "notebooks" / NAME, to=tmp_path_factory.mktemp("notebooks"))


def test_every_cell_ran_in_its_order_as_the_scientist(executed: Executed) -> None:
    code = [cell for cell in executed.cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert "user/scientist" in executed.said
    assert executed.said.rstrip().endswith("objects removed, rows kept")
    assert executed.page.count("data:image/png;base64") >= 4


def test_it_read_every_line_and_found_the_customers_and_features_of_the_flow(executed: Executed) -> None:
    expected = executed.learned.customers()
    assert f"{len(executed.learned.lines()):,} lines of" in executed.said
    assert f"{len(expected):,} customers; SQL and pandas agree on recency, frequency, monetary" in executed.said


def test_it_trained_the_projects_script_as_the_flow_does(executed: Executed) -> None:
    job, sagemaker = executed.job(), executed.learned.platform.client("sagemaker")
    assert job["TrainingJobStatus"] == "Completed"
    assert job["EnableNetworkIsolation"]
    jobs = sagemaker.list_training_jobs(NameContains="lakemill-dev-segments-2")["TrainingJobSummaries"]
    flow = sagemaker.describe_training_job(TrainingJobName=jobs[0]["TrainingJobName"])
    same = ("RoleArn", "AlgorithmSpecification", "ResourceConfig")
    assert {name: job[name] for name in same} == {name: flow[name] for name in same}
    measured, of_the_flow = ({each["MetricName"]: each["Value"] for each in one["FinalMetricDataList"]} for one in (job, flow))
    assert measured == of_the_flow
    assert measured["customers"] == len(executed.learned.customers())
    assert f"metric silhouette={measured['silhouette']:.6f}" in executed.said


def test_every_customer_has_the_segment_of_the_flows_last_run_in_keyspaces_under_its_own_run(executed: Executed) -> None:
    newest = "run_id = (select max_by(run_id, mapped_at) from curated.customer_segments)"
    flow = executed.learned.platform.rows(f"select customer_id, segment from curated.customer_segments where {newest}")
    assert executed.mapping() == {each["customer_id"]: each["segment"] for each in flow}
    assert f"100.0% of {len(flow):,} customers have the same number in both" in executed.said


def test_sizes_and_means_of_its_segments_are_those_of_plain_python(executed: Executed) -> None:
    mapping, customers = executed.mapping(), executed.learned.customers()
    for segment, (size, *means) in executed.groups().items():
        inside = [customers[who] for who, found in mapping.items() if found == segment]
        expected = [mean(each.recency for each in inside), mean(each.frequency for each in inside), mean(each.monetary for each in inside)]
        assert size == len(inside)
        assert means == pytest.approx([float(each) for each in expected])
    assert {segment: row[0] for segment, row in executed.groups().items()} == Counter(mapping.values())


def test_it_leaves_its_job_and_its_rows_and_nothing_else(executed: Executed) -> None:
    platform = executed.learned.platform
    sagemaker = platform.client("sagemaker")
    assert sagemaker.list_models()["Models"] == []
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert [key for key in platform.keys(platform.output("storage", "ModelsBucket")) if executed.run in key] == []
    packages = sagemaker.list_model_packages(ModelPackageGroupName="lakemill-dev-segments")["ModelPackageSummaryList"]
    described = [sagemaker.describe_model_package(ModelPackageName=each["ModelPackageArn"]) for each in packages]
    assert described
    assert [each for each in described if executed.run in json.dumps(each, default=str)] == []


def test_without_keep_rows_its_rows_leave_too(executed: Executed, tmp_path: Path) -> None:
    notebook = executed.learned.platform.project / "notebooks" / NAME
    forgetful = notebook.with_name("forgetful.ipynb")
    assert "KEEP_ROWS = True" in notebook.read_text()
    forgetful.write_text(notebook.read_text().replace("KEEP_ROWS = True", "KEEP_ROWS = False"))
    second = execute(executed.learned, forgetful, to=tmp_path)
    assert second.run != executed.run
    assert second.job()["TrainingJobStatus"] == "Completed"
    assert (second.mapping(), second.groups()) == ({}, {})
    assert len(executed.mapping()) == len(executed.learned.customers())


def test_the_guides_policy_allows_nothing_beside_its_trials(executed: Executed) -> None:
    platform = executed.learned.platform
    s3, sagemaker = scientist(platform, "s3"), scientist(platform, "sagemaker")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=platform.output("storage", "RawBucket"))
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=platform.output("storage", "ModelsBucket"), Key="segments/segments-1/model/model.tar.gz", Body=b"")
    job = executed.job()
    taken = ("AlgorithmSpecification", "HyperParameters", "OutputDataConfig", "ResourceConfig", "StoppingCondition")
    request = {name: job[name] for name in taken}
    with pytest.raises(ClientError, match="AccessDenied"):
        sagemaker.create_training_job(TrainingJobName="lakemill-dev-segments-mine", RoleArn=job["RoleArn"], **request)
    roles = platform.client("iam", root=True).list_roles()["Roles"]
    other = next(each["Arn"] for each in roles if each["RoleName"].startswith("lakemill-dev-process-Clean"))
    with pytest.raises(ClientError, match="iam:PassRole"):
        sagemaker.create_training_job(TrainingJobName="lakemill-dev-segments-notebook-mine", RoleArn=other, **request)
