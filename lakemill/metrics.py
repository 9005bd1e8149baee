"""Numbers of a run for CloudWatch."""

NAMESPACE = "Lakemill"


def put(*, environment: str, dataset: str, percent: float, rows_in: int) -> None:
    """Tells CloudWatch the share of refused rows (percent) and the rows taken in by one load of a dataset."""
    import boto3

    dimensions = [{"Name": "environment", "Value": environment}, {"Name": "dataset", "Value": dataset}]
    values = {"QuarantinePercent": (percent, "Percent"), "RowsIn": (rows_in, "Count")}
    data = [{"MetricName": name, "Dimensions": dimensions, "Value": value, "Unit": unit} for name, (value, unit) in values.items()]
    boto3.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)
