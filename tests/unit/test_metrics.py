"""What a load tells CloudWatch."""

from typing import Any

import boto3
import pytest

from lakemill import metrics


class Cloudwatch:
    """Remembers what was put."""

    def __init__(self) -> None:
        self.puts: list[dict[str, Any]] = []

    def put_metric_data(self, **request: Any) -> None:
        self.puts.append(request)


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Cloudwatch:
    made = Cloudwatch()
    monkeypatch.setattr(boto3, "client", {"cloudwatch": made}.__getitem__)
    return made


def test_a_load_puts_its_share_of_refused_rows_and_its_rows_once_for_its_environment_and_dataset(cloudwatch: Cloudwatch) -> None:
    metrics.put(environment="dev", dataset="calls", percent=2.5, rows_in=40)
    [request] = cloudwatch.puts
    assert request["Namespace"] == "Lakemill"
    values = {each["MetricName"]: (each["Value"], each["Unit"]) for each in request["MetricData"]}
    assert values == {"QuarantinePercent": (2.5, "Percent"), "RowsIn": (40, "Count")}
    for each in request["MetricData"]:
        assert {one["Name"]: one["Value"] for one in each["Dimensions"]} == {"environment": "dev", "dataset": "calls"}
