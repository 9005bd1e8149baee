"""Roles that only one service of this account may take."""

import re

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

TOKEN = re.compile(r"\$\{Token\[[^\]]+\]\}")


class ServiceRole(iam.Role):
    """A role for `service`, bounded to this account so that nobody else's jobs can make the service use it."""

    def __init__(self, scope: Construct, construct_id: str, *, service: str, description: str) -> None:
        principal = iam.ServicePrincipal(f"{service}.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}})
        super().__init__(scope, construct_id, assumed_by=principal, description=description)

    def may(self, *statements: iam.PolicyStatement, because: str = "") -> None:
        """Adds statements to the role's own policy. `because` says why a resource ends in a wildcard; without it cdk-nag refuses one."""
        for statement in statements:
            self.add_to_policy(statement)
            for resource in statement.resources:
                if because and "*" in resource:
                    finding = f"AwsSolutions::AwsSolutions-IAM5[Resource::{_as_reported(resource, stack=self.stack)}]"
                    cdk.Validations.of(self).acknowledge(cdk.Acknowledgment(id=finding, reason=because))


def _as_reported(resource: str, *, stack: cdk.Stack) -> str:
    return TOKEN.sub(lambda token: _name_of(token[0], stack=stack), resource)


def _name_of(token: str, *, stack: cdk.Stack) -> str:
    """A reference as cdk-nag spells it: an export's name for another stack's value, else the logical id in angle brackets."""
    reference = cdk.Tokenization.reverse_string(token).first_token
    if isinstance(reference, cdk.Reference):
        owner = cdk.Stack.of(reference.target)
        if owner.stack_name != stack.stack_name:
            return str(owner.resolve(owner.export_value(token))["Fn::ImportValue"])
    [(function, value)] = stack.resolve(token).items()
    return f"<{value}>" if function == "Ref" else f"<{'.'.join(value)}>"
