"""Call records from files to SQL answers, through the deployed templates, compared with DuckDB on the same files."""

import pytest

from lakemill.samples.planted import Planted
from tests.flows.oracle import Oracle
from tests.flows.platform import Platform
from tests.flows.questions import HOURLY, OUR_HOURLY, OUTCOMES, THEIR_OUTCOMES

COUNTS = """
    select sum(rows_in) as rows_in, sum(rows_cleaned) as cleaned, sum(rows_quarantined) as quarantined, sum(rows_duplicate) as duplicate
    from cleaned.ledger where dataset = 'calls'"""


@pytest.fixture(scope="module")
def oracle(planted: Planted) -> Oracle:
    return Oracle(list(planted.files))


def test_every_planted_row_is_cleaned_quarantined_or_a_duplicate(ran: Platform, planted: Planted, oracle: Oracle) -> None:
    (counts,) = ran.rows(COUNTS)
    assert counts == {
        "rows_in": planted.rows,
        "cleaned": planted.rows - planted.bad - planted.duplicates,
        "quarantined": planted.bad,
        "duplicate": planted.duplicates,
    }
    assert counts["cleaned"] == oracle.value("select count(*) from calls")
    assert counts["quarantined"] == ran.value("select count(*) from quarantine.calls") == oracle.value("select count(*) from bad")


def test_every_refused_row_has_the_planted_reason_and_the_line_where_it_stands(ran: Platform, planted: Planted) -> None:
    reasons = {row["reason"]: row["n"] for row in ran.rows("select reason, count(*) as n from quarantine.calls group by reason")}
    assert reasons == planted.refused
    for row in ran.rows("select source_file, line, raw from quarantine.calls"):
        (path,) = [path for path in planted.files if row["source_file"] == f"calls/{path.name}"]
        assert path.read_text().splitlines()[row["line"] - 1] == row["raw"].rstrip("\r\n")


def test_hourly_traffic_is_what_duckdb_counts_on_the_same_files(ran: Platform, oracle: Oracle) -> None:
    ours = ran.rows(OUR_HOURLY)
    assert len(ours) > 1000
    assert ours == oracle.rows(HOURLY)


def test_call_outcomes_have_the_labels_duckdb_gives(ran: Platform, oracle: Oracle) -> None:
    assert ran.rows(OUTCOMES) == oracle.rows(THEIR_OUTCOMES)


def test_phone_numbers_keep_their_leading_zeros(ran: Platform, oracle: Oracle) -> None:
    zeros = "select count(*) from {} where translated_calling_number like '0%'"
    assert ran.value(zeros.format("cleaned.calls")) == oracle.value(zeros.format("calls")) > 0


def test_files_of_the_older_form_have_null_where_they_had_no_column(ran: Platform, oracle: Oracle) -> None:
    older = "select count(*) from {} where sip_response is null and service_type is null"
    assert ran.value(older.format("cleaned.calls")) == oracle.value(older.format("calls")) > 0


def test_the_published_copy_holds_the_cleaned_calls_as_uncompressed_csv(ran: Platform) -> None:
    same = "select count(*) from {} where charged_duration = {}"
    assert ran.value("select count(*) from curated.processed") == ran.value("select count(*) from cleaned.calls")
    assert ran.value(same.format("curated.processed", "'20'")) == ran.value(same.format("cleaned.calls", "20")) > 0
    bucket, _, folder = ran.table("curated", "processed")["StorageDescriptor"]["Location"].removeprefix("s3://").partition("/")
    listed = ran.client("s3").list_objects_v2(Bucket=bucket, Prefix=folder)["Contents"]
    assert {each["Key"].rsplit(".", 1)[-1] for each in listed} == {"csv"}


def test_carriers_have_their_names_in_hourly_traffic(ran: Platform) -> None:
    assert ran.value("select count(*) from curated.hourly_traffic where carrier_name is null") == 0


def test_a_second_run_finds_nothing_new_and_commits_nothing(ran: Platform) -> None:
    tables = [("cleaned", "calls"), ("cleaned", "ledger"), ("quarantine", "calls")]
    tables += [("curated", "hourly_traffic"), ("curated", "call_outcomes")]

    def state() -> list[str]:
        copy = ran.table("curated", "processed")["StorageDescriptor"]["Location"]
        return [*(ran.version(zone, name) for zone, name in tables), copy]

    before = state()
    ran.there("run", "calls")
    assert state() == before
