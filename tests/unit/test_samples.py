"""Sample files: the same for the same seed, shaped like the real ones, with the planted faults and effects in them."""

import csv
from collections import Counter

import pytest

from lakemill.declare import DeclarationError
from lakemill.samples import sample
from lakemill.samples.calls import BAD_CARRIER, HEADER, OLDER


def rows_of(planted):
    for path in planted.files:
        with path.open(newline="", encoding="utf-8") as file:
            yield path, list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    made = [sample("calls", tmp_path / name, rows=900, files=9, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    contents = [[path.read_bytes() for path in planted.files] for planted in made]
    assert contents[0] == contents[1] != contents[2]


def test_counts_are_as_planted(tmp_path):
    planted = sample("calls", tmp_path, rows=1003, files=10, seed=4)
    rows = [tuple(row.values()) for _, found in rows_of(planted) for row in found]
    assert len(rows) == planted.rows == 1003
    assert len(rows) - len(set(rows)) == planted.duplicates == 30
    assert planted.bad == 40
    assert planted.refused == dict.fromkeys(
        (
            "not_a_timestamp:start_datetime",
            "missing:translated_calling_number",
            "not_a_number:charged_duration",
            "rule:disconnects_after_connect",
        ),
        10,
    )
    assert planted.effects[0] == "10 impossible dates, 10 missing callers, 10 durations in letters, 10 disconnects before their connect"


def test_planted_faults_can_be_found_again(tmp_path):
    planted = sample("calls", tmp_path, rows=1000, files=5, seed=4)
    rows = [row for _, found in rows_of(planted) for row in found]
    found = {
        "not_a_timestamp:start_datetime": sum(row["start_datetime"].startswith("31-02") for row in rows),
        "missing:translated_calling_number": sum(not row["translated_calling_number"] for row in rows),
        "not_a_number:charged_duration": sum(not row["charged_duration"].isdigit() for row in rows),
        "rule:disconnects_after_connect": sum(row["disconnect_datetime"].startswith("01-01-2020") for row in rows),
    }
    assert found == planted.refused == dict.fromkeys(found, 5)


def test_the_first_files_have_the_older_form(tmp_path):
    planted = sample("calls", tmp_path, rows=800, files=8, seed=1)
    headers = [tuple(found[0]) for _, found in rows_of(planted)]
    assert headers == [OLDER] + [HEADER] * 7
    assert planted.files[0].name == "call-detail-records-2022-01.csv"


def test_planted_effects_can_be_found_again(tmp_path):
    planted = sample("calls", tmp_path, rows=60_000, files=12, seed=3)
    rows = [row for _, found in rows_of(planted) for row in found if row["start_datetime"][:2] != "31" and "sip_response" in row]
    hours = Counter(row["start_datetime"][11:13] for row in rows)
    assert 1.6 < hours["18"] / hours["12"] < 2.4

    def failing(chosen):
        return sum(row["sip_response"] != "200" for row in chosen) / len(chosen)

    short = [row for row in rows if row["charged_duration"].isdigit() and int(row["charged_duration"]) <= 20]
    assert failing(short) > failing(rows) + 0.2
    evening = planted.effects[2][-10:]
    day = f"{evening[8:]}-{evening[5:7]}-{evening[:4]}"
    bad = [row for row in rows if row["start_datetime"].startswith(day) and row["originating_carrier_id"] == str(BAD_CARRIER)]
    assert failing([row for row in bad if row["start_datetime"][11:13] >= "18"]) > 0.8


def test_leading_zeros_are_there_to_survive(tmp_path):
    planted = sample("calls", tmp_path, rows=2000, files=1, seed=1)
    numbers = [row["translated_calling_number"] for _, found in rows_of(planted) for row in found]
    assert any(number.startswith("0") for number in numbers)
    assert {len(number) for number in numbers if number} == {13}


def test_a_dataset_without_a_generator_says_so(tmp_path):
    with pytest.raises(DeclarationError, match="no sample generator for 'nothing'; there are calls, carriers"):
        sample("nothing", tmp_path, rows=1, files=1, seed=1)
