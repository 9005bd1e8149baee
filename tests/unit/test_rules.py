"""Formats, months, tables and ledger: rules that are written as text and plain values."""

import pytest

from lakemill import cleaning, ledger, moments, tables
from lakemill.datasets import dataset
from lakemill.declare import Column, Dataset, DeclarationError, Type
from lakemill.ledger import Account, Unaccounted

CALLS = dataset("calls")


def moment(format_: str, *, type_: Type = Type.TIMESTAMP) -> Column:
    return Column(name="at", type=type_, format=format_)


def test_a_format_becomes_a_pattern_of_its_exact_width():
    assert moments.pattern(moment("dd-MM-yyyy HH:mm")) == r"^[0-9]{2}\-[0-9]{2}\-[0-9]{4}\ [0-9]{2}:[0-9]{2}$"


def test_iso_text_is_put_together_from_the_places_of_the_format():
    assert (
        moments.iso(moment("dd/MM/yyyy", type_=Type.DATE), text="x")
        == "concat(substr(x, 7, 4), '-', substr(x, 4, 2), '-', substr(x, 1, 2))"
    )


def test_quoted_letters_and_fractions_of_a_second_have_their_places():
    at = moment("dd'of'MM'T'yyyy HHmmss.SSS")
    assert moments.pattern(at) == r"^[0-9]{2}of[0-9]{2}T[0-9]{4}\ [0-9]{2}[0-9]{2}[0-9]{2}\.[0-9]{3}$"
    assert moments.iso(at, text="x") == (
        "concat(substr(x, 8, 4), '-', substr(x, 5, 2), '-', substr(x, 1, 2), "
        "' ', substr(x, 13, 2), ':', substr(x, 15, 2), ':', substr(x, 17, 2), '.', substr(x, 20, 3))"
    )


@pytest.mark.parametrize(
    "format_",
    [
        "yyyy-MM-dd HH.SSS",
        "yyyy-MM-dd HH:mm:ss.SSSSSSSSS",
        "yyyy-MM-ddTHH:mm",
        "d-M-yyyy HH:mm",
        "dd-MM-yy HH:mm",
        "dd-MM-yyyy",
        "dd-MM-yyyy HH:mm 'x",
        "dd dd-MM-yyyy HH",
        "yyyy-MM-dd XXX HH",
        "yyyy-MM-dd HH VV",
    ],
)
def test_a_format_that_is_not_fixed_width_or_lacks_a_field_is_refused(format_):
    with pytest.raises(DeclarationError, match="column 'at': format"):
        moments.pattern(moment(format_))


def test_a_date_has_no_distance_from_utc_and_the_refusal_says_what_may_have_one():
    with pytest.raises(DeclarationError, match=r"a timestamp may end in its distance from UTC: XXX for \+02:00 or Z"):
        moments.pattern(moment("yyyy-MM-ddXXX", type_=Type.DATE))


def test_neighbouring_months_become_one_range():
    text = moments.within("t", months=["2019-12", "2020-01", "2020-03"])
    assert text == (
        "(t >= timestamp_ntz'2019-12-01 00:00:00' and t < timestamp_ntz'2020-02-01 00:00:00')"
        " or (t >= timestamp_ntz'2020-03-01 00:00:00' and t < timestamp_ntz'2020-04-01 00:00:00')"
    )
    assert moments.within("t", months=[]) == "false"


def test_unknown_columns_of_a_file_cannot_clash_with_declared_ones():
    header = ("start_datetime", "odd`name", "start_datetime", "")
    assert cleaning.fields(header, dataset=CALLS) == ["start_datetime", "column 1", "column 2", "column 3"]


def test_names_and_texts_are_quoted_for_sql():
    assert cleaning.quoted("it's \\ here") == r"'it\'s \\ here'"
    assert cleaning.named("a`b") == "`a``b`"
    assert cleaning.plain("a[1]{b}*?.csv") == r"a\[1\]\{b\}\*\?.csv"


def test_the_table_has_declared_columns_then_provenance_and_month_partitions():
    statement = tables.create_cleaned("c.d.calls", dataset=CALLS)
    assert statement.startswith("create table if not exists c.d.calls (start_datetime timestamp_ntz, translated_calling_number string,")
    assert "loaded_at timestamp_ntz) using iceberg partitioned by (months(start_datetime))" in statement
    assert "'write.distribution-mode'='hash'" in statement
    assert "partitioned" not in tables.create_cleaned("c.d.carriers", dataset=dataset("carriers"))


def existing(changes: dict[str, str]) -> list[tuple[str, str]]:
    columns = {"k": "string", "record_id": "string", "source_file": "string", "run_id": "string", "loaded_at": "timestamp_ntz"}
    return list((columns | changes).items())


THINGS = Dataset(name="things", description="", columns=(Column(name="k", required=True), Column(name="n", type=Type.INTEGER)))


def test_a_newly_declared_column_is_added():
    assert tables.evolve("t", dataset=THINGS, existing=existing({})) == "alter table t add columns (n int)"
    assert tables.evolve("t", dataset=THINGS, existing=existing({"n": "int"})) == ""


def test_any_other_change_of_the_declaration_is_refused_before_writing():
    with pytest.raises(DeclarationError, match="changes n from string to int; drops old, but t holds data"):
        tables.evolve("t", dataset=THINGS, existing=existing({"n": "string", "old": "int"}))


def account(**counts: int) -> Account:
    return Account(source_file="calls/a.csv", version="1", bytes=9, **counts)


def test_a_file_is_settled_when_every_row_has_a_verdict():
    verdicts = {("calls/a.csv", "cleaned"): 2, ("calls/a.csv", "duplicate"): 1}
    assert ledger.settle([account(rows_in=3)], verdicts=verdicts) == [account(rows_in=3, rows_cleaned=2, rows_duplicate=1)]


def test_a_lost_row_fails_the_run_with_the_files_name():
    with pytest.raises(Unaccounted, match=r"nothing was written: calls/a.csv: 3 in, 2 out"):
        ledger.settle([account(rows_in=3)], verdicts={("calls/a.csv", "cleaned"): 2})


def test_rows_of_a_file_that_was_not_taken_fail_the_run():
    with pytest.raises(Unaccounted, match=r"calls/b\.csv: not among the files taken"):
        ledger.settle([account(rows_in=0)], verdicts={("calls/b.csv", "cleaned"): 2})


def test_accounts_survive_the_way_through_a_snapshots_summary():
    accounts = [account(rows_in=3, rows_cleaned=3), account(rows_in=1, rows_quarantined=1)]
    assert ledger.from_text(ledger.to_text(accounts)) == accounts
