"""A platform that changes: deployed again with a changed job and a new dataset, and failing, telling, mended."""

import json
from pathlib import Path

import pytest

from tests.flows.platform import Platform, edit

pytestmark = pytest.mark.usefixtures("local_only")

SESSION = "    spark = SparkSession"
READINGS = '''
"""Meter readings, one a quarter of an hour."""

from lakemill.declare import Column, Dataset, Type

DATASET = Dataset(
    name="readings",
    description="Meter readings",
    columns=(
        Column(name="meter", source="Meter No", required=True),
        Column(name="read_at", type=Type.TIMESTAMP, format="yyyy-MM-dd HH:mm:ss", required=True),
        Column(name="kilowatt_hours", type=Type.DOUBLE),
    ),
    months_of="read_at",
)
'''
READINGS_BY_METER = """-- description: Energy per meter
-- sources: cleaned.readings
-- key: meter
select meter, sum(kilowatt_hours) as kilowatt_hours from {cleaned}.readings group by meter
"""
GOOD_READINGS = "".join(f"007,2026-01-01 0{hour}:00:00,0.75\n" for hour in range(5))
READINGS_FILE = f"Meter No,read_at,kilowatt_hours\n{GOOD_READINGS}008,2026-02-30 00:00:00,9\n"


def test_a_changed_job_and_a_new_dataset_leave_tables_and_rows_as_they_were(changed: Platform, tmp_path: Path) -> None:
    before = changed.version("cleaned", "calls"), changed.value("select count(*) from cleaned.calls")
    (changed.project / "lakemill/datasets/readings.py").write_text(READINGS)
    (changed.project / "sql/curated/energy_by_meter.sql").write_text(READINGS_BY_METER)
    edit(changed.project / "glue_scripts/raw_to_cleaned.py", old=SESSION, new=f'    print("a changed job")\n{SESSION}')
    changed.deploy()

    file = tmp_path / "readings-2026.csv"
    file.write_text(READINGS_FILE)
    changed.mill("load", "readings", file)
    changed.mill("run", "readings")

    assert changed.rows("select * from curated.energy_by_meter") == [{"meter": "007", "kilowatt_hours": 3.75}]
    assert changed.rows("select reason from quarantine.readings") == [{"reason": "not_a_timestamp:read_at"}]
    assert (changed.version("cleaned", "calls"), changed.value("select count(*) from cleaned.calls")) == before
    assert "a changed job" in logged(changed)


def test_a_failed_run_changes_nothing_and_says_why_on_the_screen_and_to_the_topic(changed: Platform) -> None:
    inbox = subscribed(changed)
    edit(
        changed.project / "lakemill/datasets/calls.py",
        old='name="charged_duration", type=Type.INTEGER',
        new='name="charged_duration", type=Type.DOUBLE',
    )
    changed.deploy()
    before = changed.version("cleaned", "calls")

    failed = changed.try_mill("run", "calls")
    assert failed.returncode == 1
    assert "charged_duration" in failed.stderr + failed.stdout
    assert "Traceback" not in failed.stderr + failed.stdout
    assert changed.version("cleaned", "calls") == before
    assert "charged_duration" in received(changed, inbox)


def logged(platform: Platform) -> str:
    """What the jobs wrote into their log groups."""
    logs = platform.client("logs", root=True)
    groups = logs.describe_log_groups(logGroupNamePrefix=platform.output("process", "JobLogGroup"))["logGroups"]
    events = [event for group in groups for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]]
    return "\n".join(event["message"] for event in events)


def subscribed(platform: Platform) -> str:
    """A queue that hears what the flows tell; its address."""
    queues = platform.client("sqs", root=True)
    address = str(queues.create_queue(QueueName="heard")["QueueUrl"])
    arn = queues.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = platform.output("flows", "NoticeTopic")
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    queues.set_queue_attributes(QueueUrl=address, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
    platform.client("sns", root=True).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return address


def received(platform: Platform, address: str) -> str:
    """The text of everything that the queue heard."""
    messages = platform.client("sqs", root=True).receive_message(QueueUrl=address, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    return "\n".join(json.loads(message["Body"])["Message"] for message in messages.get("Messages", []))
