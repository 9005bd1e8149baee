"""A budget that tells before a month gets dear."""

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from constructs import Construct

SPENT_PERCENT, FORECAST_PERCENT = 80, 100


class MonthlyBudget(Construct):
    """Tells `topic` when the account has spent 80 % of `usd` in a month, and when the month is expected to cost more than all of it.

    Where an address is known it is told directly, too: whether the key lets Budgets publish to the encrypted topic nobody has seen.
    It counts the whole account: a filter by tags would count nothing, and say nothing, until somebody makes them cost allocation tags.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, usd: int, topic: sns.ITopic, email: str) -> None:
        from aws_cdk import aws_budgets as budgets  # few environments have one

        super().__init__(scope, construct_id)
        people = [("SNS", topic.topic_arn), *([("EMAIL", email)] if email else [])]
        subscribers = [budgets.CfnBudget.SubscriberProperty(subscription_type=kind, address=each) for kind, each in people]
        told = [
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    notification_type=kind, comparison_operator="GREATER_THAN", threshold=percent, threshold_type="PERCENTAGE"
                ),
                subscribers=subscribers,
            )
            for kind, percent in (("ACTUAL", SPENT_PERCENT), ("FORECASTED", FORECAST_PERCENT))
        ]
        budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=name,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
            ),
            notifications_with_subscribers=told,
        )
        budget.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
