"""The public call records, through both jobs, give the answers that DuckDB gives on the same files."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from lake import ROOT, Lake

from lakemill.samples import sample

DATA = Path(os.environ.get("LAKEMILL_CALLS", ROOT.parent / "shared" / "data" / "calls"))


def duck_answer(files: Path, *, select: str) -> list[tuple[Any, ...]]:
    duckdb = pytest.importorskip("duckdb")
    source = f"""
        with raw as (select distinct * from read_csv('{files}/*.csv', all_varchar=true, header=true)),
        calls as (
            select strptime(start_datetime, '%d-%m-%Y %H:%M') as start_datetime, translated_calling_number as caller,
                charged_duration::int as duration, originating_carrier_id::int as carrier_id, sip_response::int as sip
            from raw
        )
        {select}
    """
    return duckdb.sql(source).fetchall()


def test_real_call_records_give_duckdbs_answers(lake: Lake):
    if not list(DATA.glob("*.csv")):
        pytest.skip(f"no call records in {DATA}: set LAKEMILL_CALLS to a folder of them")
    shutil.copytree(DATA, lake.folder / "raw" / "calls", ignore=shutil.ignore_patterns("LICENSE"))
    sample("carriers", lake.folder / "raw" / "carriers", rows=0, files=1, seed=0)
    lake.clean_run("r", datasets="calls,carriers")
    lake.curate_run("r")
    hourly = """
        select strftime(date_trunc('hour', start_datetime), '%Y-%m-%d %H:%M:%S') as hour, carrier_id, count(*),
            sum(duration)::bigint, avg(duration), avg((sip = 200)::int), count(*) filter (duration <= 20), count(*) filter (sip <> 200)
        from calls group by all order by all
    """
    columns = "string(hour) as hour, carrier_id, calls, charged_seconds, mean_duration, answered_share, short_calls, error_calls"
    assert lake.rows(f"select {columns} from curated.hourly_traffic order by 1, 2") == duck_answer(DATA, select=hourly)
    zeros = "select count(*), count(distinct caller), count(*) filter (starts_with(caller, '0')) from calls"
    found = "count(*), count(distinct translated_calling_number), count_if(translated_calling_number like '0%')"
    assert lake.rows(f"select {found} from cleaned.calls") == duck_answer(DATA, select=zeros)
    assert lake.rows("select sum(rows_in) from cleaned.ledger where dataset = 'calls'") == [(72_000,)]
