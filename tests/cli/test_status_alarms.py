"""`mill status` shows the alarms that are raised, since when and why."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cli.conftest import START, Fake
from tests.cli.kinds import Mill

AWS = ("status", "--home", "aws")
LATE = "Flow calls has had no successful run for 26 hours. `mill status` lists the runs.\n"
CROSSED = "Threshold Crossed: 1 out of the last 1 datapoints [1.0] was greater than the threshold (0.0)."


def alarm(name: str, *, state: str = "ALARM", minutes: float = 0, **more: Any) -> dict[str, Any]:
    since = START + timedelta(minutes=minutes)
    return {"AlarmName": name, "StateValue": state, "StateUpdatedTimestamp": since, "StateReason": CROSSED, **more}


def test_raised_alarms_are_shown_with_their_time_and_the_first_sentence_of_what_they_say(mill: Mill, aws: Fake) -> None:
    aws.alarms = [
        alarm("lakemill-dev-observe-CallsLate1A-2B", AlarmDescription=LATE),
        alarm("lakemill-dev-observe-JobsFailed3C-4D", minutes=5),
        alarm("lakemill-dev-observe-CallsFailed", state="OK"),
        alarm("lakemill-prod-observe-CallsFailed"),
        alarm("somebody-elses"),
    ]
    lines = mill(*AWS).stdout.splitlines()
    shown = [line.split("  ") for line in lines[lines.index(next(line for line in lines if line.startswith("alarm "))) + 2 :]]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in shown if line != [""]]
    times = [f"{(START + timedelta(minutes=minutes)).astimezone():%Y-%m-%d %H:%M:%S}" for minutes in (5, 0)]
    assert cells == [
        ["JobsFailed3C-4D", times[0], CROSSED.rstrip(".")],
        ["CallsLate1A-2B", times[1], "Flow calls has had no successful run for 26 hours"],
    ]


def test_since_is_when_the_alarm_was_raised_and_not_when_it_was_last_judged(mill: Mill, aws: Fake) -> None:
    aws.alarms = [alarm("lakemill-dev-observe-A", minutes=90, StateTransitionedTimestamp=START)]
    assert f"{START.astimezone():%Y-%m-%d %H:%M:%S}" in mill(*AWS).stdout


def test_no_raised_alarm_is_said_too(mill: Mill, aws: Fake) -> None:
    aws.alarms = [alarm("lakemill-dev-observe-A", state="INSUFFICIENT_DATA")]
    assert "No alarm is raised." in mill(*AWS).stdout


def test_where_alarms_are_not_deployed_nothing_is_said_of_them(mill: Mill, aws: Fake) -> None:
    del aws.outputs["observe"]
    aws.alarms = [alarm("lakemill-dev-observe-A")]
    assert "alarm" not in mill(*AWS).stdout


def test_alarms_that_may_not_be_read_hide_nothing(mill: Mill, aws: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeAlarms")

    monkeypatch.setattr(aws, "describe_alarms", denied)
    result = mill(*AWS)
    assert result.exit_code == 0
    assert "DescribeAlarms was refused" in result.stdout
    assert "No runs yet" in result.stdout


def test_what_an_alarm_says_cannot_command_a_terminal(mill: Mill, aws: Fake) -> None:
    aws.alarms = [alarm("lakemill-dev-observe-A", AlarmDescription="\x1b[2Jgone\nand more")]
    assert "\\x1b[2Jgone and more" in mill(*AWS).stdout
