"""Where people hear of runs."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from stacks.parts.here import ACCOUNT


class Notices(Construct):
    """An encrypted topic, spoken to over TLS only. `email` subscribes one address; empty subscribes nobody. `budgets` may tell it, too."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, email: str, budgets: bool = False) -> None:
        super().__init__(scope, construct_id)
        self.key = key
        self.topic = sns.Topic(self, "Topic", display_name="Lakemill", master_key=key, enforce_ssl=True)
        self.topic.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        # The statement on TLS takes the place of a topic's own policy, which would let alarms in.
        self.topic.add_to_resource_policy(self._from("cloudwatch", sid="AlarmsOfThisAccount"))
        if budgets:
            self.topic.add_to_resource_policy(self._from("budgets", sid="BudgetsOfThisAccount"))
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def _from(self, service: str, *, sid: str) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=sid,
            principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[self.topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        )
