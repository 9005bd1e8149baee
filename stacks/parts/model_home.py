"""What one model needs before it can be trained: its code, a role for its jobs, and a group for its versions."""

from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks.parts.access import allow, lend_key, list_objects, put_objects, read_objects, use_key
from stacks.parts.here import arn
from stacks.parts.image_accounts import Images
from stacks.parts.keeping import fate
from stacks.parts.place import Place
from stacks.parts.service_role import Permission, ServiceRole

LOG_GROUPS = ("TrainingJobs", "TransformJobs")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
WRITE_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
ERASE = "lakemill:erase"  # says to whoever takes away what runs have made that it may
NAMED_LATER = (
    "Jobs, their objects and log streams are named when they run; the wildcard stays in one prefix of one bucket, and in log groups."
)


@dataclass(frozen=True, kw_only=True)
class ModelTask:
    """A model by its name, its code as a packed folder, its image, and where its jobs read and write. `serves`: it has an endpoint."""

    name: str
    code: Path
    image: str
    place: Place
    key: kms.IKey
    serves: bool = False


class ModelHome(Construct):
    """Code, role and group of one model."""

    def __init__(self, scope: Construct, construct_id: str, *, task: ModelTask, group: str, erasable: bool) -> None:
        super().__init__(scope, construct_id)
        from aws_cdk import aws_sagemaker as sagemaker  # large, and few environments have any

        self.name, self.group, self.place, self.key = task.name, group, task.place, task.key
        self.code = assets.Asset(self, "Code", path=str(task.code))
        self.versions = sagemaker.CfnModelPackageGroup(
            self,
            "Versions",
            model_package_group_name=group,
            model_package_group_description=f"Versions of the model {task.name}",
            tags=[cdk.CfnTag(key=ERASE, value="true")] if erasable else None,
        )
        self.versions.apply_removal_policy(fate(erasable=erasable))
        self.role = ServiceRole(self, "Role", service="sagemaker", description=f"Trains and applies the model {task.name}")
        self.role.may(*self._permissions(serves=task.serves), because=NAMED_LATER)
        # The volumes of jobs lie under the key by grants that the role gives to AWS's own services and to nobody else.
        self.role.add_to_policy(lend_key(task.key))
        self._pull(Images(self, "Images"), image=task.image)
        self.role.node.add_dependency(self.versions)

    def _permissions(self, *, serves: bool) -> list[Permission]:
        code = allow(["s3:GetObject"], on=[self.code.bucket.arn_for_objects(self.code.s3_object_key)])
        listing = allow(["s3:ListBucket"], on=[self.code.bucket.bucket_arn])
        groups = (*LOG_GROUPS, f"Endpoints/{self.group}") if serves else LOG_GROUPS
        logs = allow(WRITE_LOGS, on=[arn("logs", resource=f"log-group:/aws/sagemaker/{name}:*") for name in groups])
        own = (*list_objects(self.place), *read_objects(self.place), *put_objects(self.place))
        return [code, listing, logs, *own, *use_key(self.key), allow(["kms:Encrypt"], on=[self.key.key_arn])]

    def _pull(self, images: Images, *, image: str) -> None:
        self.role.may(allow(PULL, on=[images.repository(image)]))
        because = "A token for all registries, and metrics, are actions that know no resource."
        self.role.may(allow(("cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"), on=["*"]), because=because)
