"""Names of what flows deploy, for who must know it without a reference: an export per flow could not go away with its flow."""

import aws_cdk as cdk
from constructs import Construct


def machine_name(scope: Construct, *, flow: str) -> str:
    """The name of a flow's state machine in the stack of `scope`."""
    return f"{cdk.Stack.of(scope).stack_name}-{flow}"


def dead_letters_name(scope: Construct, *, flow: str) -> str:
    """The name of a flow's queue of dead letters in the stack of `scope`."""
    return f"{cdk.Stack.of(scope).stack_name}-{flow}-dead-letters"
