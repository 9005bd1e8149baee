"""What the function that empties buckets leaves behind."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.parts.encrypted_logs import EncryptedLogs


class EmptyingLogs(Construct):
    """The log group of the function with which `auto_delete_objects` empties buckets. Undeclared, it would outlive everything."""

    def __init__(self, scope: Construct, construct_id: str, *, buckets: Sequence[s3.IBucket], key: kms.IKey, days: int) -> None:
        super().__init__(scope, construct_id)
        provider = cdk.Stack.of(self).node.find_child("Custom::S3AutoDeleteObjectsCustomResourceProvider")
        function = provider.node.find_child("Handler")
        assert isinstance(function, cdk.CfnResource)
        logs = EncryptedLogs(self, "Logs", key=key, days=days, name=f"/aws/lambda/{function.ref}")
        for bucket in buckets:
            bucket.node.find_child("AutoDeleteObjectsCustomResource").node.add_dependency(logs)  # so buckets are emptied before it goes
