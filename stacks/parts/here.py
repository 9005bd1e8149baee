"""Where a template is deployed, as tokens that CloudFormation fills in. Kept because each read of `cdk.Aws` asks the CDK's process anew."""

import aws_cdk as cdk

ACCOUNT, PARTITION, REGION = cdk.Aws.ACCOUNT_ID, cdk.Aws.PARTITION, cdk.Aws.REGION


def arn(service: str, *, resource: str) -> str:
    """The ARN of a resource of this account and region."""
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"
