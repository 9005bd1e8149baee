"""How files that arrive start a run: the rule, the queues, the function and its role."""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from lakemill import datasets
from stacks.flows.arrival import FUNCTION_SECONDS, Watch
from tests.templates.reading import Platform, Resource, Statement, role_statements, text

CODE = Path(__file__).parents[2] / "lambda" / "flows_start_run" / "flows_start_run.py"
KINDS = ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Lambda::EventSourceMapping")


@pytest.fixture(params=["prod", "optional"])
def arriving(request: pytest.FixtureRequest) -> Platform:
    """Environments in which arrival is on: with the widest window, and with the narrowest."""
    found: Platform = request.getfixturevalue(request.param)
    return found


def queue(platform: Platform) -> Resource:
    return platform.one("AWS::SQS::Queue", "CallsArrivalQueue")


def dead_letters(platform: Platform) -> Resource:
    return platform.one("AWS::SQS::Queue", "CallsArrivalDeadLetters")


def function(platform: Platform) -> Mapping[str, Any]:
    return platform.one("AWS::Lambda::Function", "CallsArrival").properties


def longest_run(platform: Platform) -> int:
    machine = platform.one("AWS::StepFunctions::StateMachine", "Calls")
    return int(json.loads(text(machine.properties["DefinitionString"]))["TimeoutSeconds"])


def test_where_arrival_is_off_there_is_nothing_of_it(dev: Platform) -> None:
    assert not [each.id for kind in KINDS for each in dev.every(kind, none_is_fine=True)]


def test_files_of_every_dataset_of_the_flow_and_of_nothing_else_reach_the_queue(arriving: Platform) -> None:
    rule = arriving.one("AWS::Events::Rule", "CallsArrival")
    pattern = rule.properties["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert "RawBucket" in text(pattern["detail"]["bucket"]["name"][0])
    members = datasets.by_flow()["calls"]
    assert pattern["detail"]["object"] == {"key": [{"prefix": f"{each.name}/"} for each in members]}
    [target] = rule.properties["Targets"]
    assert text(target["Arn"]) == f"<{queue(arriving).id}.Arn>"


def test_the_bucket_announces_to_eventbridge_and_storage_knows_no_queue(arriving: Platform) -> None:
    raw = arriving.one("AWS::S3::Bucket", "Raw")
    assert raw.properties["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    assert arriving.needs["storage"] == frozenset()
    assert not [each.stage for each in arriving.every("AWS::SQS::Queue") if each.stage != "flows"]


def test_the_storage_stage_is_the_same_with_arrival_and_more_datasets(dev: Platform, extended: Platform) -> None:
    resources, of_dev = (each.templates["storage"]["Resources"] for each in (extended, dev))
    logs = next(id_ for id_ in resources if id_.startswith("LogsBucketPolicy"))  # dev has models, whose bucket logs there too
    assert {id_: of_dev[id_] for id_ in resources if id_ != logs} == {id_: resources[id_] for id_ in resources if id_ != logs}
    assert all(id_.startswith(("Wide", "Models")) for id_ in of_dev.keys() - resources.keys())


def test_only_this_rule_may_send_to_the_queues_and_only_over_tls(arriving: Platform) -> None:
    rule = arriving.one("AWS::Events::Rule", "CallsArrival")
    policies = arriving.every("AWS::SQS::QueuePolicy")
    assert len(policies) == 2
    for policy in policies:
        statements = [Statement.of(policy.id, raw) for raw in policy.properties["PolicyDocument"]["Statement"]]
        [allowed] = [each for each in statements if each.effect == "Allow"]
        [denied] = [each for each in statements if each.effect == "Deny"]
        assert (allowed.services, allowed.actions) == (("events.amazonaws.com",), ("sqs:SendMessage",))
        assert text(allowed.conditions["ArnEquals"]["aws:SourceArn"]) == f"<{rule.id}.Arn>"
        assert text(allowed.conditions["StringEquals"]["aws:SourceAccount"]) == "<AWS::AccountId>"
        assert (denied.public, denied.actions, denied.conditions) == (True, ("sqs:*",), {"Bool": {"aws:SecureTransport": "false"}})


def test_queues_lie_under_the_data_key_which_eventbridge_may_use_without_naming_them(arriving: Platform) -> None:
    for each in arriving.every("AWS::SQS::Queue"):
        assert "DataKey" in text(each.properties["KmsMasterKeyId"])
    [key] = arriving.every("AWS::KMS::Key")
    [events] = [each for each in key.properties["KeyPolicy"]["Statement"] if each.get("Sid") == "EventsIntoQueuesOfThisAccount"]
    assert events["Principal"] == {"Service": "events.amazonaws.com"}
    assert set(events["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    [(operator, bound)] = events["Condition"].items()
    assert (operator, list(bound)) == ("ArnLike", ["kms:EncryptionContext:aws:sqs:arn"])
    assert text(bound["kms:EncryptionContext:aws:sqs:arn"]) == "arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:*"


def test_what_cannot_be_delivered_or_understood_is_a_dead_letter_and_is_kept_longer_than_the_queue_keeps_it(arriving: Platform) -> None:
    rule = arriving.one("AWS::Events::Rule", "CallsArrival")
    dead = f"<{dead_letters(arriving).id}.Arn>"
    assert text(rule.properties["Targets"][0]["DeadLetterConfig"]["Arn"]) == dead
    assert text(queue(arriving).properties["RedrivePolicy"]["deadLetterTargetArn"]) == dead
    assert dead_letters(arriving).properties["MessageRetentionPeriod"] > queue(arriving).properties["MessageRetentionPeriod"]


def test_a_message_stays_hidden_for_the_window_and_six_times_the_functions_timeout(arriving: Platform) -> None:
    [mapping] = arriving.every("AWS::Lambda::EventSourceMapping")
    window = mapping.properties["MaximumBatchingWindowInSeconds"]
    assert queue(arriving).properties["VisibilityTimeout"] >= 6 * function(arriving)["Timeout"] + window
    assert window in (20, 300)
    assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_longest_run_makes_no_message_a_dead_letter_and_outlives_none(arriving: Platform) -> None:
    hidden, receives = queue(arriving).properties["VisibilityTimeout"], queue(arriving).properties["RedrivePolicy"]["maxReceiveCount"]
    assert hidden * receives > 2 * longest_run(arriving)
    assert queue(arriving).properties["MessageRetentionPeriod"] > longest_run(arriving)


@pytest.mark.parametrize("window", [20, 300])
@pytest.mark.parametrize("job_minutes", [5, 30, 120, 2880])
def test_whatever_the_settings_waiting_makes_no_dead_letter_within_the_limits_of_sqs(window: int, job_minutes: int) -> None:
    stack = cdk.Stack()
    watch = Watch(
        bucket=s3.Bucket(stack, "B"),
        prefixes=[],
        seconds=window,
        run_seconds=4 * 60 * job_minutes,
        dead_letters="d",
        database="",
        crawlers={},
    )
    assert watch.hidden_seconds * (watch.receives - 10) >= 2 * watch.run_seconds
    assert 6 * FUNCTION_SECONDS + window <= watch.hidden_seconds <= 43_200
    assert watch.receives <= 1000


def test_a_new_account_can_deploy_it_nothing_reserves_concurrency_and_few_starters_run_at_once(arriving: Platform) -> None:
    assert [each.id for each in arriving.every("AWS::Lambda::Function") if "ReservedConcurrentExecutions" in each.properties] == []
    [mapping] = arriving.every("AWS::Lambda::EventSourceMapping")
    assert mapping.properties["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_the_function_is_python_3_14_on_arm_with_its_environment_and_log_under_the_data_key(arriving: Platform) -> None:
    found = function(arriving)
    assert (found["Runtime"], found["Architectures"], found["Handler"]) == ("python3.14", ["arm64"], "flows_start_run.handler")
    assert "DataKey" in text(found["KmsKeyArn"])
    assert set(found["Environment"]["Variables"]) == {"STATE_MACHINE_ARN", "RAW_DATABASE", "CRAWLERS"}
    logs = arriving.one("AWS::Logs::LogGroup", "CallsArrival")
    assert text(found["LoggingConfig"]["LogGroup"]) == f"<{logs.id}>"
    assert "DataKey" in text(logs.properties["KmsKeyId"])


def test_the_functions_asset_holds_our_module_and_nothing_else(arriving: Platform) -> None:
    [asset] = [each.parent for each in arriving.folder.glob("asset.*/flows_start_run.py")]
    assert [each.name for each in asset.rglob("*")] == ["flows_start_run.py"]
    assert (asset / "flows_start_run.py").read_bytes() == CODE.read_bytes()
    ast.parse(CODE.read_text(), feature_version=(3, 14))


def test_the_starter_knows_the_crawlers_of_its_flows_datasets_as_the_catalog_names_them(arriving: Platform) -> None:
    given = function(arriving)["Environment"]["Variables"]
    named = {each.properties["Name"] for each in arriving.every("AWS::Glue::Crawler")}
    databases = {each.properties["DatabaseInput"]["Name"] for each in arriving.every("AWS::Glue::Database")}
    assert set(json.loads(given["CRAWLERS"]).values()) == named
    assert set(json.loads(given["CRAWLERS"])) == {each.name for each in datasets.by_flow()["calls"]}
    assert given["RAW_DATABASE"] in databases


def test_the_starter_may_read_its_queue_use_the_key_start_its_flow_and_log_and_no_more(arriving: Platform) -> None:
    machine = arriving.one("AWS::StepFunctions::StateMachine", "Calls")
    logs = arriving.one("AWS::Logs::LogGroup", "CallsArrival")
    [key] = {resource for each in role_statements(arriving, "CallsRole") if "kms:Decrypt" in each.actions for resource in each.resources}
    found = {action: each.resources for each in role_statements(arriving, "CallsArrivalRole") for action in each.actions}
    own = (f"<{queue(arriving).id}.Arn>",)
    glue = "arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:"
    tables = tuple(f"{glue}table/lakemill_prod_raw/{each}" for each in ("calls", "carriers"))
    assert found == {
        "sqs:DeleteMessage": own,
        "sqs:GetQueueAttributes": own,
        "sqs:ReceiveMessage": own,
        "kms:Decrypt": (key,),
        "states:ListExecutions": (f"<{machine.id}>",),
        "states:StartExecution": (f"<{machine.id}>",),
        "glue:GetPartition": (f"{glue}catalog", f"{glue}database/lakemill_prod_raw", *tables),
        "glue:StartCrawler": tuple(f"{glue}crawler/lakemill-prod-{each}" for each in ("calls", "carriers")),
        "logs:CreateLogStream": (f"<{logs.id}.Arn>",),
        "logs:PutLogEvents": (f"<{logs.id}.Arn>",),
    }


def test_the_queue_is_read_only_once_the_role_may_read_it(arriving: Platform) -> None:
    [mapping] = arriving.every("AWS::Lambda::EventSourceMapping")
    policies = [each.id for each in arriving.every("AWS::IAM::Policy") if each.id.startswith("CallsArrivalRole")]
    assert set(policies) <= set(mapping.body["DependsOn"])
