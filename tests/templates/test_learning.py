"""Keyspaces, models and their flow, where the setting `segments` asks for them."""

import json
import re
from typing import Any

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from lakemill import features, models
from stacks.stage import OPTIONAL, ORDER
from tests.templates.reading import Platform, machine_states, masked, text
from tests.templates.test_flows import said

MODEL = models.model("segments")


def states(platform: Platform) -> dict[str, Any]:
    """The states of the model's flow, references as text."""
    return machine_states(platform.one("AWS::StepFunctions::StateMachine", "Segments"))


def test_without_the_setting_there_is_no_keyspace_no_model_and_no_stage_for_them(extended: Platform) -> None:
    assert tuple(extended.templates) == tuple(stage for stage in ORDER if stage not in OPTIONAL)
    assert not extended.every("AWS::Cassandra::Table", none_is_fine=True)


def test_the_stage_is_the_agreed_one(optional: Platform, snapshot: SnapshotAssertion) -> None:
    assert masked(optional.templates["train"]) == snapshot.use_extension(JSONSnapshotExtension)


def test_the_flow_is_the_agreed_one(optional: Platform, snapshot: SnapshotAssertion) -> None:
    assert masked(states(optional)) == snapshot.use_extension(JSONSnapshotExtension)


def test_every_declared_table_is_made_by_request_restorable_and_under_the_data_key(optional: Platform) -> None:
    tables = {each.properties["TableName"]: each for each in optional.every("AWS::Cassandra::Table")}
    declared = {each.name: each for each in models.wide_tables()}
    assert set(tables) == set(declared)
    for name, table in tables.items():
        said = table.properties
        assert said["BillingMode"] == {"Mode": "ON_DEMAND"}
        assert said["PointInTimeRecoveryEnabled"] is True
        assert said["EncryptionSpecification"]["EncryptionType"] == "CUSTOMER_MANAGED_KMS_KEY"
        assert "DataKey" in text(said["EncryptionSpecification"]["KmsKeyIdentifier"])
        assert table.kept
        assert [each["ColumnName"] for each in said["PartitionKeyColumns"]] == list(declared[name].partition)
        assert [each["Column"]["ColumnName"] for each in said.get("ClusteringKeyColumns", ())] == list(declared[name].clustering)
        columns = [
            *said["PartitionKeyColumns"],
            *(each["Column"] for each in said.get("ClusteringKeyColumns", ())),
            *said["RegularColumns"],
        ]
        assert {each["ColumnName"]: each["ColumnType"] for each in columns} == dict(declared[name].columns)


def test_jobs_are_bounded_encrypted_and_without_a_network(optional: Platform) -> None:
    train, apply, model = (states(optional)[name]["Arguments"] for name in ("Train", "Apply", "Make the model"))
    assert train["EnableNetworkIsolation"] is train["EnableInterContainerTrafficEncryption"] is model["EnableNetworkIsolation"] is True
    assert train["StoppingCondition"] == {"MaxRuntimeInSeconds": 60 * MODEL.minutes}
    keys = [
        train["OutputDataConfig"]["KmsKeyId"], train["ResourceConfig"]["VolumeKmsKeyId"],
        apply["TransformOutput"]["KmsKeyId"], apply["TransformResources"]["VolumeKmsKeyId"],
    ]  # fmt: skip
    assert all("DataKey" in key for key in keys)


def test_an_isolated_job_gets_its_code_by_a_channel_and_not_from_s3(optional: Platform) -> None:
    train = states(optional)["Train"]["Arguments"]
    submitted = json.loads(train["HyperParameters"]["sagemaker_submit_directory"])
    [code] = [each for each in train["InputDataConfig"] if each["ChannelName"] == "code"]
    name = code["DataSource"]["S3DataSource"]["S3Uri"].rpartition("/")[2]
    assert submitted == f"/opt/ml/input/data/code/{name}"
    assert all(json.loads(value) is not None for value in train["HyperParameters"].values())


def test_metrics_and_the_gate_are_those_of_the_declaration(optional: Platform) -> None:
    found = states(optional)
    definitions = found["Train"]["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert {each["Name"]: each["Regex"] for each in definitions} == dict(MODEL.metrics)
    assert f"$metrics.{MODEL.gate.metric} >= $least" in found["Register"]["Arguments"]["ModelApprovalStatus"]
    assert f"- {MODEL.gate.tolerance}" in found["Read the live model"]["Assign"]["least"]


def test_features_are_made_by_the_declared_sql_as_a_table_of_the_run(optional: Platform) -> None:
    asked = states(optional)["Features"]["Arguments"]["QueryString"]
    sql = said(asked.replace("$states.context.Execution.Name", "'segments-2026.11-%}'"), error={})
    head, _, query = sql.partition(" AS\n")
    assert re.fullmatch(
        r'CREATE TABLE "[^"]+"."customer_features_segments_2026_11___" WITH \(table_type = .*, location = '
        r"'.*/warehouse/customer_features/runs/segments-2026.11-%}/'\)",
        head,
    )
    declared = features.of(MODEL).query({"cleaned.retail": "TABLE"})
    lines = [line for line in declared.splitlines() if not line.startswith("--")]
    assert re.sub(r'"[^"]+"[.]retail', "TABLE", query).splitlines() == lines


def test_the_tables_name_is_given_only_to_features_with_a_row_per_key(optional: Platform) -> None:
    found = states(optional)
    path, name = [], found["Features"]["Next"]
    while name != "Unload":
        path.append(name)
        name = found[name].get("Next") or found[name]["Default"]
        name = "Can it be learned from?" if name.startswith("Publish") else name
        if path[-1] == "Can it be learned from?":
            [name] = [each["Next"] for each in found[path[-1]]["Choices"]]
    assert path == [
        "Examine", "Read the examination", "Look at the features", "Take their own name away", "Has it a row per key?",
        "Look for older features", "Are there older ones?", "Can it be learned from?",
    ]  # fmt: skip
    [refused] = found["Has it a row per key?"]["Choices"]
    assert refused == {"Condition": "{% $twice = 'true' %}", "Next": "Notify of failure"}
    named = {name: found[name]["Arguments"]["TableInput"] for name in ("Publish the features", "Publish the first features")}
    assert {each["Name"] for each in named.values()} == {"customer_features"}
    assert found["Take their own name away"]["Arguments"]["Name"] == found["Look at the features"]["Arguments"]["Name"]


def test_every_step_that_can_fail_ends_with_a_notice(optional: Platform) -> None:
    tasks = {name: each for name, each in states(optional).items() if each["Type"] == "Task" and not name.startswith("Notify")}
    assert len(tasks) > 10
    assert {
        name
        for name, each in tasks.items()
        if [c["Next"] for c in each["Catch"] if "States.ALL" in c["ErrorEquals"]] != ["Notify of failure"]
    } == set()


def test_roles_reach_the_tables_they_need_and_may_pass_one_role_to_one_service(optional: Platform) -> None:
    statements = [
        statement
        for policy in optional.every("AWS::IAM::Policy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if any(action.startswith(("cassandra:", "iam:PassRole")) for action in _listed(statement["Action"]))
    ]
    passing = [each for each in statements if "iam:PassRole" in _listed(each["Action"])]
    assert [each["Condition"] for each in passing] == [{"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}]
    written = {
        text(on).rpartition("/")[2]
        for each in statements
        if "cassandra:Modify" in _listed(each["Action"])
        for on in _listed(each["Resource"])
    }
    assert written == {MODEL.mapping, MODEL.runs}
    read = {
        text(on).rpartition("/")[2]
        for each in statements
        if "cassandra:Select" in _listed(each["Action"])
        for on in _listed(each["Resource"])
    }
    assert read == {"online_retail", "loads", "system*"}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_where_a_person_approves_the_live_version_applies_until_then(optional: Platform) -> None:
    register = states(optional)["Register"]
    assert "'PendingManualApproval'" in register["Arguments"]["ModelApprovalStatus"]
    assert register["Assign"]["package"] == "{% $live %}"
    ways = {each["Condition"]: each["Next"] for each in states(optional)["Which version applies?"]["Choices"]}
    assert ways == {"{% $status = 'Rejected' %}": "Notify of failure", "{% $package = '' %}": "Notify"}


def test_a_job_that_fails_is_told_by_its_reason(optional: Platform) -> None:
    why = "ClientError: User: me is not authorized to perform: kms:CreateGrant on resource: arn:aws:kms:eu-west-1:0:key/k"
    for step, kind in (("Train", "Training"), ("Apply", "Transform")):
        cause = json.dumps({f"{kind}JobName": "job", f"{kind}JobStatus": "Failed", "FailureReason": why})
        [catcher] = states(optional)[step]["Catch"]
        assert said(catcher["Assign"]["reason"], error={"Error": "States.TaskFailed", "Cause": cause}) == f"{step} failed: {why}"
