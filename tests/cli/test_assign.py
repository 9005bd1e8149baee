"""`mill assign`: lines to a model's endpoint and its answers as a table, and what to do where there is none."""

import io
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import assign
from tests.cli.conftest import Fake
from tests.cli.kinds import Mill


class Endpoint:
    """Answers each line with segment 2, or as told; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refuses: dict[str, Any] = {}

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if self.refuses:
            raise ClientError(self.refuses, "InvokeEndpoint")
        answer = "".join(f"{line.partition(',')[0]},2,0.500000\n" for line in request["Body"].splitlines())
        return {"Body": io.BytesIO(answer.encode())}


@pytest.fixture
def endpoint(aws: Fake, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    found = Endpoint()
    monkeypatch.setattr(Fake, "invoke_endpoint", lambda _, **request: found.invoke_endpoint(**request), raising=False)
    return found


def test_a_line_is_answered_with_segment_and_distance(mill: Mill, endpoint: Endpoint) -> None:
    said = mill("assign", "segments", "12346, 325,1,77183.60").stdout
    [request] = endpoint.asked
    assert request["EndpointName"] == "lakemill-dev-segments"
    assert (request["Body"], request["ContentType"]) == ("12346,325,1,77183.60\n", "text/csv")
    assert "customer_id" in said
    assert said.split()[-3:] == ["12346", "2", "0.500000"]


def test_a_file_is_asked_in_parts_without_its_header_and_empty_lines(
    mill: Mill, endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assign, "_AT_ONCE", 20)
    path = tmp_path / "customers.csv"
    path.write_text("\ufeffcustomer_id,recency,frequency,monetary\n\n" + "".join(f"{number},1,2,3\n" for number in range(25)))
    said = mill("assign", "segments", str(path)).stdout
    assert [len(each["Body"].splitlines()) for each in endpoint.asked] == [20, 5]
    assert all(f"{number} " in said for number in (0, 19, 20, 24))


@pytest.mark.parametrize("line", ["12346", "12346,1,2", "12346,1,2,3,4", "12346,1,2,many", "12346,1,2,nan"])
def test_a_line_of_another_form_is_refused_before_anybody_is_asked(mill: Mill, endpoint: Endpoint, line: str) -> None:
    ended = mill("assign", "segments", line)
    assert ended.exit_code == 1
    assert f"'{line}' is no line of segments. Write customer_id,recency,frequency,monetary" in ended.stderr
    assert endpoint.asked == []


def test_a_wrong_line_of_a_file_is_named_by_its_number(mill: Mill, endpoint: Endpoint, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("customer_id,recency,frequency,monetary\n1,1,1,1\n2,1\n")
    assert "line 3 of" in mill("assign", "segments", str(path)).stderr


def test_where_there_is_no_endpoint_the_settings_are_told(mill: Mill, endpoint: Endpoint) -> None:
    endpoint.refuses = {"Error": {"Code": "ValidationError", "Message": "Endpoint lakemill-dev-segments of account 1 not found."}}
    ended = mill("assign", "segments", "1,1,1,1")
    assert ended.exit_code == 1
    for part in ('"model_endpoint": "serverless", "endpoint_isolated": false', "mill up --deploy", "mill run segments"):
        assert part in ended.stderr


def test_what_the_model_says_against_a_line_is_told(mill: Mill, endpoint: Endpoint) -> None:
    endpoint.refuses = {
        "Error": {"Code": "ModelError", "Message": "Received server error (500)"},
        "OriginalMessage": "ValueError: -1 has no logarithm",
    }
    ended = mill("assign", "segments", "1,1,1,-5")
    assert "the model refused: ValueError: -1 has no logarithm" in ended.stderr
    assert "/aws/sagemaker/Endpoints/lakemill-dev-segments" in ended.stderr


def test_an_unknown_model_is_told_with_the_declared_ones(mill: Mill, endpoint: Endpoint) -> None:
    assert "Declared are: segments" in mill("assign", "nobody", "1,2").stderr
