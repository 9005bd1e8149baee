"""Calls of AWS services as steps of a flow, in the words of the States Language.

The CDK has a class for each, which would give the flow's role wider permissions than it needs (`stacks/flows/permissions.py`); to load
them takes longer than a flow's synthesis.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.parts.here import PARTITION


def call(scope: Construct, name: str, resource: str, *, arguments: Mapping[str, Any], **fields: Any) -> sfn.CustomState:
    """A step that calls `resource`, such as glue:startJobRun.sync. `fields` are the state's own, such as Assign, without empty ones."""
    given = {field: value for field, value in fields.items() if value}
    state = {"Type": "Task", "Resource": f"arn:{PARTITION}:states:::{resource}", "Arguments": dict(arguments), **given}
    return sfn.CustomState(scope, name, state_json=state)


def retry(step: sfn.CustomState, errors: Sequence[str]) -> None:
    """Calls again after errors that pass by themselves, as often and late as the States Language has it, at times of chance."""
    step.add_retry(errors=list(errors), jitter_strategy=sfn.JitterType.FULL)
