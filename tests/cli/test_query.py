"""`mill query` prints answers and nothing else on standard output, and `mill queries` what can be asked by name."""

import json

from tests.cli.conftest import Fake
from tests.cli.kinds import Mill

NAMED = {
    "NamedQueryId": "1",
    "Name": "Busiest hours",
    "Description": "When people call",
    "QueryString": "select 1 from lakemill_dev_cleaned.a",
}


def test_csv_on_standard_output_is_data_alone(mill: Mill, aws: Fake) -> None:
    result = mill("query", "select count(*) n from cleaned.calls", "--format", "csv")
    assert aws.asked == ["select count(*) n from lakemill_dev_cleaned.calls"]
    assert result.stdout == "n\n7\n"
    assert "1 row · 0.1 s · 1.5 KB scanned" in result.stderr


def test_json_comes_from_all_pages(mill: Mill, aws: Fake) -> None:
    aws.answer = [["n"], ["1"], ["2"], [None]]
    assert json.loads(mill("query", "select n from t", "--format", "json").stdout) == [{"n": 1}, {"n": 2}, {"n": None}]


def test_a_first_row_that_equals_the_header_is_dropped_once_only(mill: Mill, aws: Fake) -> None:
    aws.answer, aws.types = [["n"], ["n"], ["x"]], ["varchar"]
    assert mill("query", "select n from t", "--format", "csv").stdout == "n\nn\nx\n"


def test_a_description_that_comes_as_one_text_has_its_columns(mill: Mill, aws: Fake) -> None:
    aws.answer, aws.types = (
        [["col_name", "data_type", "comment"], ["n                   \tint                 \t   "], ["x"]],
        ["string"] * 3,
    )
    assert json.loads(mill("query", "describe cleaned.calls", "--format", "json").stdout) == [
        {"col_name": "n", "data_type": "int", "comment": ""},
        {"col_name": "x", "data_type": "", "comment": ""},
    ]


def test_max_rows_stops_and_says_so(mill: Mill, aws: Fake) -> None:
    aws.answer = [["n"], ["1"], ["2"], ["3"]]
    result = mill("query", "select n from t", "--format", "csv", "--max-rows", "2")
    assert result.stdout == "n\n1\n2\n"
    assert "--max-rows 0" in result.stderr


def test_as_many_rows_as_asked_for_are_not_called_more(mill: Mill, aws: Fake) -> None:
    assert "more" not in mill("query", "select n from t", "--max-rows", "1").stderr


def test_tables_that_do_not_go_to_a_terminal_have_no_control_characters(mill: Mill, aws: Fake) -> None:
    result = mill("query", "select n from t")
    assert "\x1b" not in result.stdout + result.stderr
    assert "\r" not in result.stdout + result.stderr


def test_a_failed_query_tells_athenas_reason_in_zone_names(mill: Mill, aws: Fake) -> None:
    aws.query_state = {"State": "FAILED", "StateChangeReason": "Table lakemill_dev_cleaned.x does not exist"}
    result = mill("query", "select * from cleaned.x")
    assert result.exit_code == 1
    assert result.stderr == "mill: the query failed: Table cleaned.x does not exist. Mend the SQL, then ask again\n"
    assert result.stdout == ""


def test_a_dash_reads_standard_input(mill: Mill, aws: Fake) -> None:
    mill("query", "-", typed="select 1 n\nfrom raw.a;\n")
    assert aws.asked == ["select 1 n\nfrom lakemill_dev_raw.a"]


def test_nothing_to_ask_is_a_problem(mill: Mill, aws: Fake) -> None:
    assert "there is no SQL" in mill("query", "-", typed=" \n").stderr


def test_a_named_query_runs_by_its_name(mill: Mill, aws: Fake) -> None:
    aws.named = [NAMED]
    assert mill("query", "@busiest_hours").exit_code == 0
    assert aws.asked == [NAMED["QueryString"]]


def test_an_unknown_name_is_answered_with_the_names_there_are(mill: Mill, aws: Fake) -> None:
    aws.named = [NAMED]
    result = mill("query", "@nope")
    assert result.exit_code == 1
    assert "busiest_hours" in result.stderr


def test_queries_are_listed_with_what_they_answer(mill: Mill, aws: Fake) -> None:
    aws.named = [NAMED]
    assert ["busiest_hours", "When", "people", "call"] in [line.split() for line in mill("queries").stdout.splitlines()]


def test_one_query_is_shown_with_zone_names(mill: Mill, aws: Fake) -> None:
    aws.named = [NAMED]
    assert mill("queries", "busiest_hours").stdout == "select 1 from cleaned.a\n"
