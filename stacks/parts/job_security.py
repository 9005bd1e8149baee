"""How Glue encrypts what jobs and crawlers leave behind."""

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_kms as kms
from constructs import Construct


class JobSecurity(Construct):
    """A security configuration under one key: output in S3, logs, and bookmarks."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.configuration = glue.SecurityConfiguration(
            self,
            "Configuration",
            security_configuration_name=name,
            s3_encryption=glue.S3Encryption.kms(key),
            cloud_watch_encryption=glue.CloudWatchEncryption.kms(key),
            job_bookmarks_encryption=glue.JobBookmarksEncryption.client_side_kms(key),
        )
        # The construct would keep it, and its name would be taken when the platform is deployed again.
        self.configuration.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
