"""`mill report`: the page is made of whatever there is, and says what is missing."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.problem import Problem
from cli.report.facts.refusals import refusals
from cli.report.html import h
from cli.report.known import Known
from cli.report.make import made
from cli.report.sections import SECTIONS, Section
from lakemill.curated import parse
from tests.cli.conftest import START, Fake
from tests.cli.kinds import Mill
from tests.cli.reported import MACHINE, flow, known, platform


class Deployed(Fake):
    """A platform whose flow can be described, and whose questions are answered by what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.known: Callable[[str], list[list[str | None]]] = lambda sql: [["n"]]
        self.of: dict[str, str] = {}

    def describe_state_machine(self, **_: str) -> dict[str, str]:
        return {"definition": json.dumps(MACHINE)}

    def get_template(self, **_: str) -> dict[str, Any]:
        return {"TemplateBody": {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}}}}

    def start_query_execution(self, *, QueryString: str, WorkGroup: str) -> dict[str, str]:  # noqa: N803
        self.asked.append(QueryString)
        self.of[str(len(self.of))] = QueryString
        return {"QueryExecutionId": str(len(self.of) - 1)}

    def get_query_execution(self, *, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803
        return {"QueryExecution": {"QueryExecutionId": QueryExecutionId, "Status": self.query_state, "StatementType": "DML"}}

    def get_query_results(self, *, QueryExecutionId: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        answer = self.known(self.of[QueryExecutionId])
        columns = [{"Name": name, "Type": "varchar"} for name in answer[0]]
        return {
            "ResultSet": {
                "ResultSetMetadata": {"ColumnInfo": columns},
                "Rows": [{"Data": [{"VarCharValue": c} for c in row]} for row in answer],
            }
        }


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Deployed:
    fake = Deployed()
    monkeypatch.setattr("cli.platform.connect", lambda at: fake)
    return fake


def test_without_a_platform_the_page_says_so_and_how_to_deploy(mill: Mill, aws: Fake, tmp_path: Path) -> None:
    aws.outputs = {}
    result = mill("report", "--home", "aws", "--output", str(tmp_path / "r.html"))
    assert result.exit_code == 0, result.stderr
    page = (tmp_path / "r.html").read_text()
    assert "Nothing is deployed yet." in page
    assert "Deploy it: cdk deploy --all -c env=dev" in page


def test_half_a_platform_is_told_as_half_a_platform(aws: Fake) -> None:
    del aws.outputs["flows"]
    assert "Only storage, catalog, process, query, observe are deployed." in made(Known(platform(aws)))


def test_before_the_first_run_the_page_says_so_and_asks_no_query(mill: Mill, deployed: Deployed, tmp_path: Path) -> None:
    assert mill("report", "--home", "aws", "--output", str(tmp_path / "r.html")).exit_code == 0
    page = (tmp_path / "r.html").read_text()
    assert "No flow has run yet." in page
    assert "Run one: mill run FLOW --home aws" in page
    assert "<b>Clean</b>" in page
    assert deployed.asked == []


def test_it_is_written_beside_the_home_and_its_place_is_the_last_line(mill: Mill, deployed: Deployed, tmp_path: Path) -> None:
    result = mill("report", "--home", "aws")
    place = tmp_path / "reports" / "aws-eu-west-1-dev.html"
    assert result.stdout.splitlines()[-1] == f"Report: {place}"
    assert place.read_text().startswith("<!doctype html>")
    assert [path.name for path in place.parent.iterdir()] == [place.name]


def test_a_home_that_is_not_up_leaves_the_old_report_alone(mill: Mill, tmp_path: Path) -> None:
    old = tmp_path / "r.html"
    old.write_text("old")
    result = mill("report", "--output", str(old))
    assert result.exit_code == 1
    assert "the local home is not up. Start it: mill up" in result.stderr
    assert old.read_text() == "old"


def test_a_place_that_cannot_be_written_is_named(mill: Mill, deployed: Deployed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = mill("report", "--home", "aws", "--output", str(tmp_path / "file" / "r.html"))
    assert result.exit_code == 1
    assert "r.html cannot be written" in result.stderr
    assert "mill report --output FILE" in result.stderr


def test_a_chart_that_is_declared_wrongly_is_named_with_its_file(mill: Mill, deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = "-- description: d\n-- sources: cleaned.a\n-- key: k\n-- chart: bars; title: t; x: k\nselect k from {cleaned}.a"
    monkeypatch.setattr("lakemill.curated.tables", lambda: {"t": parse("t", text=wrong)})
    result = mill("report", "--home", "aws")
    assert result.exit_code == 1
    assert result.stderr == "mill: sql/curated/t.sql: the chart bars lacks value. Mend it, then: mill report\n"


def test_open_shows_it_in_the_browser(mill: Mill, deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: shown.append(url) or True)
    assert mill("report", "--home", "aws", "--output", str(tmp_path / "r.html"), "--open").exit_code == 0
    assert shown == [(tmp_path / "r.html").as_uri()]


def test_a_section_that_may_not_be_read_does_not_hide_the_others(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetTables")

    deployed.executions = [
        {"name": "c-1", "status": "SUCCEEDED", "startDate": START, "stopDate": START + timedelta(seconds=4), "executionArn": "e"}
    ]
    deployed.ended = {"status": "SUCCEEDED"}
    monkeypatch.setattr(deployed, "get_tables", denied)
    page = made(Known(platform(deployed)))
    assert "The last run of calls succeeded." in page
    assert page.count("GetTables was refused") == 4


def test_a_mistake_of_our_own_is_not_taken_for_a_problem_of_the_platform() -> None:
    def broken(known: Known) -> list[Any]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        made(known(), sections=[Section(id="x", title="X", body=broken)])


def test_a_new_section_is_one_line_and_one_without_anything_to_say_is_left_out() -> None:
    mine = Section(id="mine", title="My own", body=lambda known: [h("p", f"of {len(known.of(refusals))} reasons")])
    silent = Section(id="silent", title="Silent", body=lambda known: [])
    page = made(known(), sections=[*SECTIONS, silent, mine])
    assert '<section id="mine" aria-labelledby="mine-title"><h2 id="mine-title">My own</h2><p>of 5 reasons</p>' in page
    assert '<a href="#mine">My own</a>' in page
    assert "Silent" not in page


def test_what_several_sections_ask_is_asked_once_also_when_it_fails() -> None:
    asked: list[int] = []

    def failing(known: Known) -> str:
        asked.append(1)
        raise Problem("no", "try again")

    one = Known(platform())
    for _ in range(2):
        with pytest.raises(Problem):
            one.of(failing)
    assert asked == [1]


@pytest.mark.parametrize(
    ("flows", "headline"),
    [
        ((flow(status="FAILED"),), "The last run of calls did not succeed."),
        ((flow(status="RUNNING"),), "calls is running."),
        ((flow(),), "The last run of calls succeeded."),
        ((flow(), replace(flow(), name="maintenance")), "The last runs of calls and maintenance succeeded."),
    ],
)
def test_the_headline_says_how_things_stand(flows: tuple[Any, ...], headline: str) -> None:
    assert f"<h1>{headline}</h1>" in made(known(flows=flows))
