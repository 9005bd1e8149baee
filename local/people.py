"""The people of the home: a deployer, a user and a scientist, ordinary IAM users with the rights such people have on AWS.

The deployer may assume the roles that `cdk bootstrap` makes and nothing more. The user works with data: reads stacks'
outputs, loads and reads files (not the deployment's assets), asks Athena and endpoints, starts and follows state
machines, reads logs.
The scientist is a user who also trains, hands SageMaker a role for that, and removes the files of a trial.
Their keys are made once per home and kept in `keys.json`; should the emulator have lost them, they are made again.
"""

import json
from typing import Any

from local import identity
from local.folder import Folder, read_private, write_private

ASSETS = "arn:aws:s3:::cdk-*"


def _allow(actions: list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": more.pop("effect", "Allow"), "Action": actions, "Resource": resource, **more}


DEPLOYER = [_allow(["sts:AssumeRole"], "arn:aws:iam::*:role/cdk-*")]
USER = [
    _allow(["cloudformation:DescribeStacks", "cloudformation:DescribeStackResources", "cloudformation:ListStacks"]),
    _allow(["cloudformation:ListStackResources", "cloudformation:ListExports", "cloudformation:GetTemplate"]),
    _allow(["s3:ListAllMyBuckets", "s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation"]),
    _allow(
        [
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
            "s3:ListBucketMultipartUploads",
        ]
    ),
    _allow(["s3:*"], [ASSETS, f"{ASSETS}/*"], effect="Deny"),
    _allow(["athena:Get*", "athena:List*", "athena:BatchGet*", "athena:StartQueryExecution", "athena:StopQueryExecution"]),
    _allow(["glue:Get*", "glue:BatchGet*", "glue:List*", "glue:SearchTables"]),
    _allow(["cassandra:Select", "cassandra:Modify"]),
    _allow(["glue:StartCrawler", "glue:StopCrawler"]),
    _allow(["states:Describe*", "states:List*", "states:GetExecutionHistory", "states:StartExecution", "states:StopExecution"]),
    _allow(["logs:Describe*", "logs:Get*", "logs:FilterLogEvents"]),
    _allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:ListAliases"]),
    _allow(["sns:ListTopics", "sns:ListSubscriptions*", "sns:GetTopicAttributes", "sns:Subscribe"]),
    _allow(["scheduler:Get*", "scheduler:List*"]),
    _allow(["sagemaker:Describe*", "sagemaker:List*", "sagemaker:InvokeEndpoint"]),
    _allow(["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"]),
]
SCIENTIST = [
    *USER,
    _allow(["sagemaker:CreateTrainingJob", "sagemaker:StopTrainingJob"]),
    _allow(["iam:PassRole"], Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}),
    _allow(["s3:DeleteObject"]),
]
PEOPLE = {"deployer": DEPLOYER, "user": USER, "scientist": SCIENTIST}


def settle(folder: Folder, *, root: dict[str, str], region: str) -> dict[str, dict[str, str]]:
    """Make or find the people, and return their keys by name. Call it once the home answers."""
    credentials = {"AWS_ACCESS_KEY_ID": root["access_key_id"], "AWS_SECRET_ACCESS_KEY": root["secret_access_key"], "AWS_REGION": region}
    iam = identity.client("iam", credentials)
    kept = read_private(folder.keys)
    keys = {name: _settle(iam, name, kept=kept.get(name, {})) for name in PEOPLE}
    if keys != kept:
        write_private(folder.keys, keys)
    return keys


def _settle(iam: Any, name: str, *, kept: dict[str, str]) -> dict[str, str]:
    try:
        iam.create_user(UserName=name)
    except iam.exceptions.EntityAlreadyExistsException:
        known = {k["AccessKeyId"] for k in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]}
    else:
        known = set()
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": PEOPLE[name]}))
    if kept.get("access_key_id") in known:
        return kept
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"]}
