"""Metrics that services send of their own."""

from ministack.services import cloudwatch

from local.metrics import clock


def send(namespace: str, metric: str, *, value: float, dimensions: dict[str, str]) -> None:
    """One datapoint, of now."""
    point = {"Timestamp": clock.now(), "Value": float(value), "Unit": "Count", "Dimensions": dict(dimensions)}
    cloudwatch._metric_bucket((namespace, metric, cloudwatch._dims_key(dimensions))).append(point)
