"""Personal data in the curating job: hashed under a key in whatever a query can reach, and the key nowhere to be seen."""

import csv
import hmac
from dataclasses import replace
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
from lake import HEADER, KEY, Lake

from lakemill import curated, privacy
from lakemill.datasets import dataset
from lakemill.declare import DeclarationError

CALLERS = """-- description: who called how often
-- sources: cleaned.calls
-- key: caller
select translated_calling_number as caller, count(*) as calls from {cleaned}.calls group by 1"""
AGAIN = """-- description: who called how often, once more
-- sources: curated.callers, cleaned.calls
-- key: caller
select caller, any_value(called.translated_called_number) as called, sum(calls) as calls
from {curated}.callers join {cleaned}.calls called on called.translated_calling_number = caller group by 1"""
PERSONS = ("0049301234567", "0047221234567")


def hash_of(text: str, *, key: str = KEY.value) -> str:
    return hmac.new(key.encode(), text.encode(), "sha256").hexdigest()


@pytest.fixture
def filled(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    one, two = PERSONS
    lake.put("calls/a.csv", f"{HEADER}\n10-01-2019 09:12,{one},{two},20,3,200\n10-01-2019 09:59,{one},{one},21,3,404\n")
    lake.clean_run("one")
    define(monkeypatch, callers=CALLERS, again=AGAIN)
    return lake


def define(monkeypatch: pytest.MonkeyPatch, **texts: str) -> None:
    monkeypatch.setattr(curated, "tables", lambda: {name: curated.parse(name, text=text) for name, text in texts.items()})


def published(lake: Lake) -> list[dict[str, str]]:
    folder = Path(lake.catalog["processed"]["StorageDescriptor"]["Location"].removeprefix("file:"))
    return [row for path in sorted(folder.glob("part-*.csv")) for row in csv.DictReader(path.open(newline=""))]


def kept(lake: Lake, table: str) -> bytes:
    """The values of all files of all snapshots of a table, as text."""
    files = lake.rows(f"select distinct file_path from {table}.all_data_files")
    return " ".join(str(row.asDict()) for (path,) in files for row in lake.spark.read.parquet(path).collect()).encode()


def test_a_number_has_the_same_hash_in_every_table_and_is_nowhere_in_the_clear(filled: Lake):
    filled.curate_run("one", datasets="calls")
    one, two = map(hash_of, PERSONS)
    assert filled.rows("select caller, calls from curated.callers") == [(one, 2)]
    assert filled.rows("select caller, called in ('" + one + "', '" + two + "') from curated.again") == [(one, True)]
    assert {(row["translated_calling_number"], row["translated_called_number"]) for row in published(filled)} == {(one, two), (one, one)}
    everything = kept(filled, "curated.callers") + kept(filled, "curated.again") + str(published(filled)).encode()
    assert hash_of(PERSONS[0]).encode() in everything
    assert not [number for number in PERSONS if number.encode() in everything]


def test_the_record_id_of_a_person_is_hashed_too(filled: Lake, monkeypatch: pytest.MonkeyPatch):
    define(monkeypatch, ids="-- description: d\n-- sources: cleaned.calls\n-- key: record_id\nselect record_id from {cleaned}.calls")
    filled.curate_run("one", datasets="calls")
    expected = {(hash_of(record),) for (record,) in filled.rows("select record_id from cleaned.calls")}
    assert set(filled.rows("select record_id from curated.ids")) == expected


READS = {
    "a complete name": "select translated_calling_number as k from glue_catalog.{database}.calls",
    "a quoted name": "select translated_calling_number as k from `glue_catalog`.`{database}`.`calls`",
    "in a subquery": "select (select max(translated_calling_number) from glue_catalog.{database}.calls) as k",
    "in a condition": "select 1 as k where exists (select 1 from glue_catalog.{database}.calls)",
    "in a WITH query": "with c as (select * from glue_catalog.{database}.calls) select translated_calling_number as k from c",
    "an older version": "select translated_calling_number as k from glue_catalog.{database}.calls version as of 1",
    "files": "select translated_calling_number as k from parquet.`/warehouse/{database}/calls/data`",
    "a computed name": "select translated_calling_number as k from identifier('glue_' || 'catalog.{database}.calls')",
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_query_that_goes_around_the_views_is_refused_before_it_runs(filled: Lake, monkeypatch: pytest.MonkeyPatch, read: str):
    sql = read.replace("{database}", f"{filled.name}_cleaned")
    text = f"-- description: d\n-- sources: cleaned.calls\n-- key: k\n{sql} union all select 'x' as k from {{cleaned}}.calls"
    define(monkeypatch, sly=text)
    with pytest.raises(DeclarationError, match=r"sql/curated/sly\.sql reads .*: write tables as \{cleaned\}\.x"):
        filled.curate_run("one", datasets="calls")
    assert not filled.spark.catalog.tableExists(f"glue_catalog.{filled.name}_curated.sly")


def test_a_query_cannot_reach_the_key(filled: Lake, monkeypatch: pytest.MonkeyPatch):
    text = f"-- description: d\n-- sources: cleaned.calls\n-- key: k\nselect hex(ipad) as k from {privacy.PADS}, {{cleaned}}.calls"
    define(monkeypatch, sly=text)
    with pytest.raises(Exception, match="TABLE_OR_VIEW_NOT_FOUND"):
        filled.curate_run("one", datasets="calls")


def test_no_plan_shows_the_key_nor_a_part_of_what_is_made_of_it(filled: Lake, capsys: pytest.CaptureFixture[str]):
    shown = privacy.view(filled.spark, table=f"glue_catalog.{filled.name}_cleaned.calls", dataset=dataset("calls"), key=KEY)
    for mode in ("extended", "formatted", "codegen", "cost"):
        shown.explain(mode)
    shown.collect()
    shown.explain("extended")
    plans: Any = shown._jdf.queryExecution()
    text = capsys.readouterr().out + "".join(plan().toJSON() for plan in (plans.analyzed, plans.optimizedPlan, plans.executedPlan))
    assert text.count("sha2(") > 20
    blocks = [KEY.value.encode(), *privacy.pads(KEY.value)]
    forms = [form for block in blocks for form in (block.decode("latin-1"), block.hex(), block.hex().upper())]
    assert not [form for form in forms if form in text]
    assert KEY.value not in repr(KEY)


def test_an_error_about_a_row_shows_neither_a_number_nor_the_key(filled: Lake, monkeypatch: pytest.MonkeyPatch):
    head = "-- description: d\n-- sources: cleaned.calls\n-- key: k\n"
    text = head + "select raise_error(translated_calling_number) as k from {cleaned}.calls"
    define(monkeypatch, failing=text)
    with pytest.raises(Exception, match=hash_of(PERSONS[0])) as failed:
        filled.curate_run("one", datasets="calls")
    told = "".join(format_exception(failed.value))
    assert not [each for each in (*PERSONS, KEY.value) if each in told]


def test_another_key_gives_other_hashes_and_takes_the_old_ones_out_of_the_tables_history(filled: Lake):
    filled.curate_run("one", datasets="calls")
    filled.curate_run("two", datasets="calls")
    assert filled.snapshots("curated.callers") == 1
    filled.key = replace(KEY, value="another key of more than sixty-four letters " * 2, version="two")
    filled.curate_run("three", datasets="calls")
    other = hash_of(PERSONS[0], key=filled.key.value)
    assert filled.rows("select caller from curated.callers") == [(other,)]
    assert published(filled)[0]["translated_calling_number"] == other
    assert filled.snapshots("curated.callers") == filled.snapshots("curated.again") == 1
    assert hash_of(PERSONS[0]).encode() not in kept(filled, "curated.callers")


def test_a_table_that_held_numbers_in_the_clear_is_made_anew_without_its_past(filled: Lake):
    name = f"glue_catalog.{filled.name}_curated.callers"
    select = f"select translated_calling_number as caller, count(*) as calls from glue_catalog.{filled.name}_cleaned.calls group by 1"
    filled.spark.sql(f"create table {name} using iceberg as {select}")
    assert PERSONS[0].encode() in kept(filled, "curated.callers")
    filled.curate_run("one", datasets="calls")
    assert filled.rows("select caller, calls from curated.callers") == [(hash_of(PERSONS[0]), 2)]
    assert filled.snapshots("curated.callers") == 1
    assert not [number for number in PERSONS if number.encode() in kept(filled, "curated.callers")]
