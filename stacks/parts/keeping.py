"""Whether data outlives its stack."""

from aws_cdk import RemovalPolicy


def fate(*, erasable: bool) -> RemovalPolicy:
    """What becomes of a resource that holds data. One that was never finished holds none and does not block the next attempt."""
    return RemovalPolicy.DESTROY if erasable else RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
