"""What a run leaves in CloudWatch, for alarms and for the dashboard."""

import datetime
import time
from typing import Any

import pytest

from lakemill import metrics
from lakemill.samples.planted import Planted
from tests.flows.platform import Platform

LATE_SECONDS = 180  # metrics take minutes to appear on AWS


def seen(platform: Platform, metric: str, *, namespace: str, statistic: str, dimensions: dict[str, str]) -> list[float]:
    """The values of a metric in the last hour; a metric without any is waited for, as long as AWS may take."""
    asked: dict[str, Any] = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        "Statistics": [statistic],
        "Period": 60,
    }
    end = time.monotonic() + LATE_SECONDS
    while time.monotonic() < end:
        now = datetime.datetime.now(datetime.UTC)
        hour = {"StartTime": now - datetime.timedelta(hours=1), "EndTime": now + datetime.timedelta(minutes=1)}
        found = platform.client("cloudwatch").get_metric_statistics(**asked, **hour)["Datapoints"]
        if found:
            return [float(each[statistic]) for each in found]
        time.sleep(1)
    pytest.fail(f"no {namespace} {metric} of {dimensions}")


def test_a_load_puts_its_rows_and_its_share_of_refused_rows(ran: Platform, planted: Planted) -> None:
    where = {"environment": ran.env, "dataset": "calls"}
    assert sum(seen(ran, "RowsIn", namespace=metrics.NAMESPACE, statistic="Sum", dimensions=where)) == planted.rows
    [share] = seen(ran, "QuarantinePercent", namespace=metrics.NAMESPACE, statistic="Maximum", dimensions=where)
    assert share == pytest.approx(100 * planted.bad / planted.rows)


def test_a_run_that_succeeded_is_counted_for_its_state_machine(ran: Platform) -> None:
    machine = {"StateMachineArn": ran.output("flows", "FlowCalls")}
    assert machine["StateMachineArn"].endswith(f"stateMachine:lakemill-{ran.env}-flows-calls"), "the alarms watch this name"
    assert sum(seen(ran, "ExecutionsSucceeded", namespace="AWS/States", statistic="Sum", dimensions=machine)) >= 1
