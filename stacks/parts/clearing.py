"""What takes away the things that runs of models have made."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.parts.access import allow
from stacks.parts.encrypted_logs import EncryptedLogs
from stacks.parts.here import arn
from stacks.parts.model_home import LOG_GROUPS, ModelHome
from stacks.parts.service_role import Permission, ServiceRole

CODE = Path(__file__).parents[2] / "lambda" / "train_clear_models"
MINUTES = 15  # the longest that a function may take
SPARE_MINUTES = 5  # Lambda calls a function that could not answer again
LISTS = (
    "sagemaker:ListEndpointConfigs", "sagemaker:ListEndpoints", "sagemaker:ListModelPackages", "sagemaker:ListModels",
    "sagemaker:ListTrainingJobs", "sagemaker:ListTransformJobs",
)  # fmt: skip
BY_NAME = "Runs name what they make; each wildcard stays in the names of one model, or is all names of logs, to find those of endpoints."
ALL = "Listings of SageMaker are actions that know no resource."


class Clearing(Construct):
    """A function that stops, removes and lists what carries a model's name, and a resource per model that has it called at the end.

    The resource is removed before anything of the model's home: a group of versions that still holds some cannot be deleted.
    """

    def __init__(self, scope: Construct, construct_id: str, *, homes: Mapping[str, ModelHome], key: kms.IKey, days: int) -> None:
        super().__init__(scope, construct_id)
        from aws_cdk import aws_lambda as lambda_  # takes longer to import than all else here together

        logs = EncryptedLogs(self, "Logs", key=key, days=days).group
        role = ServiceRole(self, "Role", service="lambda", description="Removes what runs of models have made")
        role.may(allow(("logs:CreateLogStream", "logs:PutLogEvents"), on=[logs.log_group_arn]))
        for home in homes.values():
            role.may(*_clear(home.group), because=BY_NAME)
        role.may(allow(LISTS, on=["*"]), because=ALL)
        self.function = lambda_.Function(
            self,
            "Function",
            description="Removes what runs of models have made, when their stack is destroyed with both keys",
            code=lambda_.Code.from_asset(str(CODE), exclude=["__pycache__", "*.pyc"]),
            handler="train_clear_models.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=cdk.Duration.minutes(MINUTES),
            role=role.without_policy_updates(),
            log_group=logs,
        )
        self.function.node.add_dependency(role)
        for name, home in homes.items():
            self._call(name, home=home, groups=[each.group for each in homes.values()]).node.add_dependency(role, home)

    def _call(self, name: str, *, home: ModelHome, groups: Sequence[str]) -> cdk.CustomResource:
        return cdk.CustomResource(
            self,
            name,
            resource_type="Custom::ModelLeftovers",
            service_token=self.function.function_arn,
            service_timeout=cdk.Duration.minutes(MINUTES + SPARE_MINUTES),
            properties={"Name": home.group, "Group": home.versions.ref, "Others": longer(home.group, among=groups)},
        )


def longer(group: str, *, among: Sequence[str]) -> list[str]:
    """The groups whose names begin with a group's, as the names of what its runs make do."""
    return [each for each in among if each.startswith(f"{group}-")]


def _clear(group: str) -> list[Permission]:
    """Removing what carries the name of a group: alone, or with a hyphen behind it."""

    def named(kind: str, *, alone: bool = True) -> list[str]:
        return [arn("sagemaker", resource=f"{kind}/{each}") for each in ([group] if alone else []) + [f"{group}-*"]]

    streams = [f"log-group:/aws/sagemaker/{each}" for each in LOG_GROUPS]
    own = [f"log-group:/aws/sagemaker/Endpoints/{group}:*", f"log-group:/aws/sagemaker/Endpoints/{group}-*"]
    return [
        allow(["sagemaker:StopTrainingJob"], on=named("training-job", alone=False)),
        allow(["sagemaker:StopTransformJob"], on=named("transform-job", alone=False)),
        allow(["sagemaker:DeleteEndpoint"], on=named("endpoint")),
        allow(["sagemaker:DeleteEndpointConfig"], on=named("endpoint-config")),
        allow(["sagemaker:DeleteModel"], on=named("model")),
        allow(["sagemaker:DeleteModelPackage"], on=[arn("sagemaker", resource=f"model-package/{group}/*")]),
        allow(["sagemaker:ListTags"], on=[arn("sagemaker", resource=f"model-package-group/{group}")]),
        allow(["logs:DescribeLogStreams"], on=[arn("logs", resource=f"{each}:*") for each in streams]),
        allow(["logs:DeleteLogStream"], on=[arn("logs", resource=f"{each}:log-stream:{group}-*") for each in streams]),
        allow(["logs:DescribeLogGroups"], on=[arn("logs", resource="log-group:*")]),
        allow(["logs:DeleteLogGroup"], on=[arn("logs", resource=each) for each in own]),
    ]
