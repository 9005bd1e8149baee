"""Spans of time. Kept because each is asked of the CDK's process, and stages name the same ones again and again."""

from functools import cache

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn


@cache
def days(count: int) -> cdk.Duration:
    """So many days."""
    return cdk.Duration.days(count)


@cache
def minutes(count: int) -> cdk.Duration:
    """So many minutes."""
    return cdk.Duration.minutes(count)


@cache
def within(count: int) -> sfn.Timeout:
    """At most so many minutes for a step of a flow."""
    return sfn.Timeout.duration(minutes(count))
