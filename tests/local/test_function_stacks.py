"""Stacks with functions, rules and mappings: what AWS would refuse is refused when the stack is made, with the reason."""

import json
from typing import Any

import pytest

from tests.local.conftest import Home, until

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
QUEUE_ARN = {"Fn::GetAtt": ["Queue", "Arn"]}
READ = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
PATTERN = {"source": ["aws.s3"], "detail-type": ["Object Created"]}


def resource(kind: str, *, needs: str = "", **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties, **({"DependsOn": needs} if needs else {})}


def template(
    *, actions: list[str] = READ, service: str = "lambda", pattern: Any = PATTERN, target: Any = None, reserved: int = 0, most: int = 2
) -> dict[str, Any]:
    trust = {**TRUST, "Principal": {"Service": f"{service}.amazonaws.com"}}
    policy = {"Statement": [{"Effect": "Allow", "Action": actions, "Resource": QUEUE_ARN}]}
    code = {"ZipFile": "def handler(event, context): return {}"}
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    resources = {
        "Queue": resource("SQS::Queue", VisibilityTimeout=30),
        "Role": resource("IAM::Role", AssumeRolePolicyDocument={"Statement": [trust]}),
        "Policy": resource("IAM::Policy", PolicyName="p", PolicyDocument=policy, Roles=[{"Ref": "Role"}]),
        "Function": resource(
            "Lambda::Function", Code=code, Handler="index.handler", Runtime="python3.14", Role=role, ReservedConcurrentExecutions=reserved
        ),
        "Mapping": resource(
            "Lambda::EventSourceMapping",
            needs="Policy",
            FunctionName={"Ref": "Function"},
            EventSourceArn=QUEUE_ARN,
            ScalingConfig={"MaximumConcurrency": most},
        ),
        "Rule": resource("Events::Rule", EventPattern=pattern, Targets=[{"Id": "1", "Arn": QUEUE_ARN, **(target or {})}]),
    }
    return {"Resources": resources, "Outputs": {"Function": {"Value": {"Ref": "Function"}}}}


def made(home: Home, name: str, content: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
    """How the creation of a stack ended, what was said about failures, and its outputs."""
    client = home.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(content), Capabilities=["CAPABILITY_NAMED_IAM"])

    def ended() -> Any:
        [stack] = client.describe_stacks(StackName=name)["Stacks"]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

    stack = until(ended, seconds=60)
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    reasons = " ".join(each.get("ResourceStatusReason", "") for each in events if each["ResourceStatus"].endswith("FAILED"))
    return stack["StackStatus"], reasons, {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def test_a_stack_with_all_permissions_stands_with_its_bounds_on_concurrency(home: Home) -> None:
    status, reasons, outputs = made(home, "whole-functions", template())
    assert status == "CREATE_COMPLETE", reasons
    functions, name = home.client("lambda"), outputs["Function"]
    assert functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 0
    [mapping] = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("no-receive", {"actions": READ[:2]}, "does not have permissions to call ReceiveMessage on SQS"),
        ("no-trust", {"service": "glue"}, "cannot be assumed by Lambda"),
        ("reserving", {"reserved": 1}, "UnreservedConcurrentExecution below its minimum value of [10]"),
        ("too-narrow", {"most": 1}, "Member must have value greater than or equal to 2"),
        ("bad-pattern", {"pattern": {"source": "aws.s3"}}, "Event pattern is not valid"),
        ("far-target", {"target": {"Arn": "arn:aws:lambda:eu-west-1:000000000000:function:f"}}, "queues and topics"),
        ("role-target", {"target": {"RoleArn": "arn:aws:iam::000000000000:role/r"}}, "does not do RoleArn"),
    ],
)
def test_a_stack_that_could_not_work_is_refused(home: Home, name: str, wrong: dict[str, Any], says: str) -> None:
    status, reasons, _ = made(home, name, template(**wrong))
    assert status.startswith("ROLLBACK")
    assert says in reasons
