"""The CloudFormation types of functions, rules and mappings, with the refusals and the properties that the emulator leaves out."""

import json
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge, lambda_svc

from local.cloudformation.handlers import Made, Properties, answer, existing, refuse_others
from local.functions import concurrency, mappings
from local.functions.rights import function_session

FUNCTION, MAPPING, RULE = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule"
MAPPING_PROPERTIES = (
    "BatchSize", "Enabled", "EventSourceArn", "FunctionName", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "ScalingConfig",
    "Tags",
)  # fmt: skip
RULE_PROPERTIES = ("Description", "EventBusName", "EventPattern", "Name", "State", "Tags", "Targets")
TARGET = ("Arn", "Id", "Input", "InputPath", "InputTransformer")
QUEUE_TARGET = (*TARGET, "DeadLetterConfig", "SqsParameters")  # no RoleArn: EventBridge goes by the queue's policy
TOPIC_TARGET = (*TARGET, "RoleArn")


def plug_in() -> None:
    """Complete the types."""
    _check_first(FUNCTION, _check_function, after=_reserve)
    _check_first(MAPPING, _check_mapping)
    _check_first(RULE, _check_rule)


def _check_first(kind: str, check: Any, *, after: Any = None) -> None:
    handlers = existing(kind)
    make, change = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        check(properties)
        made: Made = make(logical_id, properties, stack)
        if after:
            after(made[0], properties)
        return made

    def update(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Made:
        check(new)
        made: Made = change(physical_id, old, new, *rest)
        if after:
            after(made[0], new)
        return made

    handlers.update(create=create, update=update)


def _check_function(properties: Properties) -> None:
    problem = concurrency.refusal(properties)
    if problem:
        raise ValueError(problem)
    try:
        function_session({"Role": properties.get("Role", ""), "FunctionName": "check"})
    except PermissionError as error:
        raise ValueError(str(error)) from error


def _reserve(name: str, properties: Properties) -> None:
    reserved = properties.get("ReservedConcurrentExecutions")
    lambda_svc._functions[name]["concurrency"] = None if reserved is None else int(reserved)


def _check_mapping(properties: Properties) -> None:
    refuse_others(MAPPING, properties, known=frozenset(MAPPING_PROPERTIES))
    problem = mappings.refusal(properties)
    if problem:
        raise ValueError(problem)
    answer(lambda_svc._validate_scaling_config(properties, properties["EventSourceArn"]) or (200, {}, ""))


def _check_rule(properties: Properties) -> None:
    refuse_others(RULE, properties, known=frozenset(RULE_PROPERTIES))
    pattern = properties.get("EventPattern")
    problem = eventbridge._event_pattern_error(json.dumps(pattern) if isinstance(pattern, dict) else pattern)
    if problem or not pattern:
        raise ValueError(f"Event pattern is not valid. Reason: {problem or 'there is none'}")
    for target in properties.get("Targets", []):
        _check_target(target)


def _check_target(target: dict[str, Any]) -> None:
    arn, here = str(target["Arn"]), f"{get_region()}:{get_account_id()}:"
    queue, topic = arn.startswith(f"arn:aws:sqs:{here}"), arn.startswith(f"arn:aws:sns:{here}")
    if not queue and not topic:
        raise ValueError(f"{RULE}: the local home delivers events to queues and topics of its own account only, not to {arn}")
    known = QUEUE_TARGET if queue else TOPIC_TARGET
    refuse_others(f"{RULE} Targets", target, known=frozenset(known))
