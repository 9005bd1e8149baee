"""Maintenance: what a night does, and what the job is told."""

import re

import sqlglot
from sqlglot import exp

from lakemill import maintenance
from tests.templates.reading import Platform, machine_states, text


def test_a_night_looks_after_all_tables_reads_what_was_done_and_tells(platform: Platform) -> None:
    found, path, name = machine_states(platform.one("AWS::StepFunctions::StateMachine", "Maintenance")), [], "Maintain"
    while name:
        path.append(name)
        name = found[name].get("Next", "")
    assert path == ["Maintain", "Count", "Read the counts", "Notify", "Done"]
    assert found["Maintain"]["Arguments"]["Arguments"] == {"--run_id": "{% $states.context.Execution.Name %}"}
    for step in path[:3]:
        [catcher] = found[step]["Catch"]
        assert (catcher["ErrorEquals"], catcher["Next"]) == (["States.ALL"], "Notify of failure")


def test_the_counts_are_read_from_columns_that_the_job_writes(platform: Platform) -> None:
    found = machine_states(platform.one("AWS::StepFunctions::StateMachine", "Maintenance"))
    sql = re.sub(r"<[^>]+>", "cleaned", text(found["Count"]["Arguments"]["QueryString"]))
    read = sqlglot.parse_one(sql, read="athena")
    assert [table.name for table in read.find_all(exp.Table)] == [maintenance.RECORD]
    assert {column.name for column in read.find_all(exp.Column)} <= set(maintenance.COLUMNS)


def test_the_job_keeps_what_the_settings_say_and_its_options_are_all_given(dev: Platform) -> None:
    job = dev.one("AWS::Glue::Job", "Maintain")
    given = {name.removeprefix("--"): text(value) for name, value in job.properties["DefaultArguments"].items()}
    assert (given["snapshot_days"], given["min_snapshots"], given["orphan_days"]) == ("7", "5", "7")
    assert set(maintenance.OPTIONS) <= {*given, "run_id"}
