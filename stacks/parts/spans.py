"""Spans of time. Kept because each is asked of the CDK's process, and stages name the same ones again and again."""

from functools import cache

import aws_cdk as cdk


@cache
def days(count: int) -> cdk.Duration:
    """So many days."""
    return cdk.Duration.days(count)


@cache
def minutes(count: int) -> cdk.Duration:
    """So many minutes."""
    return cdk.Duration.minutes(count)
