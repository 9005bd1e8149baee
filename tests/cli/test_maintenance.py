"""`mill run maintenance` shows what was done, table by table."""

from tests.cli.conftest import Fake
from tests.cli.kinds import Mill

HEAD = ["table_name", "files_before", "files_after", "bytes_before", "bytes_after", "snapshots_removed", "orphans_removed"]


def run(mill: Mill, aws: Fake, *rows: list[str | None]) -> list[list[str]]:
    aws.outputs["flows"]["FlowMaintenance"] = "arn:aws:states:eu-west-1:000000000000:stateMachine:maintenance"
    aws.answers = [[[*HEAD], *rows]]
    result = mill("run", "maintenance")
    assert result.exit_code == 0, result.stderr
    return [line.split() for line in result.stdout.splitlines()]


def test_a_run_shows_files_and_sizes_before_and_after_and_what_was_removed(mill: Mill, aws: Fake) -> None:
    shown = run(mill, aws, ["lakemill_dev_cleaned.calls", "6", "1", "3000", "1500", "5", "2"])
    assert ["cleaned.calls", "6", "→", "1", "3.0", "KB", "→", "1.5", "KB", "5", "2"] in shown
    assert f"run_id = '{aws.started[0]}'" in aws.asked[0]


def test_a_platform_without_tables_says_what_makes_them(mill: Mill, aws: Fake) -> None:
    assert "the first run of a flow of files makes them" in " ".join(" ".join(line) for line in run(mill, aws))


def test_maintenance_takes_no_files_and_no_days(mill: Mill, aws: Fake) -> None:
    for option in (("--dry-run",), ("--since", "2026-11-01")):
        result = mill("run", "maintenance", *option)
        assert result.exit_code == 1
        assert "maintenance takes no files. Run it without options: mill run maintenance" in " ".join(result.stderr.split())
    assert aws.started == []
