"""Letting a role put numbers into CloudWatch."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from stacks.parts.service_role import ServiceRole

NAMESPACE = "Lakemill"
NO_RESOURCE = "PutMetricData acts on no resource that a policy could name; the condition bounds it to one namespace."


def put_metrics(role: ServiceRole) -> None:
    """Lets `role` put metrics into the platform's namespace, and into no other."""
    statement = iam.PolicyStatement(
        actions=["cloudwatch:PutMetricData"], resources=["*"], conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}}
    )
    role.add_to_policy(statement)
    cdk.Validations.of(role).acknowledge(cdk.Acknowledgment(id="AwsSolutions::AwsSolutions-IAM5[Resource::*]", reason=NO_RESOURCE))
