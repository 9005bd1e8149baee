"""What a flow leaves standing after its runs, and what that costs by the hour: an endpoint on instances, from the first run on."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cli.cost.rules import Units

HOURS = 720  # of a month of 30 days
MACHINE, ENDPOINT = "AWS::StepFunctions::StateMachine", ":sagemaker:createEndpointConfig"


def standing(template: Mapping[str, Any]) -> Iterator[Units]:
    """Hours of instances in a month, by the name of their price."""
    for body in template.get("Resources", {}).values():
        if body["Type"] == MACHINE:
            yield from _endpoints(json.loads(text(body["Properties"]["DefinitionString"])))


def _endpoints(definition: Mapping[str, Any]) -> Iterator[Units]:
    for state in definition["States"].values():
        variants = state["Arguments"]["ProductionVariants"] if state.get("Resource", "").endswith(ENDPOINT) else ()
        for each in variants:
            if "InstanceType" in each:
                yield price_of(each["InstanceType"]), HOURS * each["InitialInstanceCount"]


def price_of(instance: str) -> str:
    """The name of the price of an instance that answers for a model."""
    return f"endpoint_{instance.replace('.', '_')}"


def text(value: Any) -> str:
    """A value of a template as text, in which references stand as the names of what they refer to."""
    if isinstance(value, str):
        return value
    [(function, argument)] = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(text(each) for each in argument[1])
    return ".".join(text(each) for each in argument) if isinstance(argument, list) else text(argument)
