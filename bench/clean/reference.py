"""What cleaning call records costs in DuckDB: the yardstick for the clean job. Frozen: it changes only with what the job does.

The same list as the job's: every field read as text; typed by the declared formats; reasons for rows that cannot be
records or break a rule; rows counted that break a rule which only warns; record_id = sha256 over the typed values; one of
equal rows, and none that the table holds already; refused rows with file, line and text; records sorted into monthly
Parquet files (zstd); a count of rows in and out per file.
"""

import re
import sys
import time
from pathlib import Path

import duckdb

MINUTES = "%d-%m-%Y %H:%M"
NUMBERS = (
    "charged_duration", "originating_carrier_id", "terminating_carrier_id", "call_direction", "service_type", "release_cause_number",
    "sip_response",
)  # fmt: skip
TEXTS = ("translated_calling_number", "translated_called_number")
MOMENTS = ("start_datetime", "connect_datetime", "disconnect_datetime")
COLUMNS = ("start_datetime", *TEXTS, "connect_datetime", "disconnect_datetime", *NUMBERS)
REQUIRED = ("start_datetime", *TEXTS)

RULES = {
    "connects_after_start": "connect_datetime >= start_datetime",
    "disconnects_after_connect": "disconnect_datetime >= connect_datetime - interval 1 minute",
    "duration_not_negative": "charged_duration >= 0",
}
WARNINGS = ("disconnect_datetime >= connect_datetime", "call_direction in (1, 2)")


def clean(files: list[Path], *, lake: Path) -> dict[str, int]:
    """Take the files into the lake's folders `calls`, `quarantine` and `ledger`; rows by verdict."""
    database = duckdb.connect()
    database.execute("set threads = 2; set memory_limit = '3GB'; set preserve_insertion_order = true")
    database.execute(f"create temp table rows as {_judged(files)}")
    lake.mkdir(parents=True, exist_ok=True)
    known = f"read_parquet('{lake}/calls/*/*.parquet')" if (lake / "calls").exists() else "(select null as record_id where false)"
    database.execute(f"""
        create temp table verdicts as
        select *, case when reason is not null then 'quarantined'
            when row_number() over (partition by record_id order by source_file, line) > 1 or record_id in (select record_id from {known})
            then 'duplicate' else 'cleaned' end as verdict
        from rows""")
    run = time.time_ns()
    database.execute(f"""
        copy (select {", ".join(COLUMNS)}, record_id, source_file, strftime(start_datetime, '%Y-%m') as month
              from verdicts where verdict = 'cleaned' order by month)
        to '{lake}/calls' (format parquet, compression zstd, partition_by (month), overwrite_or_ignore,
            filename_pattern 'run-{run}-{{i}}')""")
    for table, query in {
        "quarantine": "select source_file, line, reason, raw from verdicts where verdict = 'quarantined'",
        "ledger": "select source_file, verdict, count(*) as rows, count_if(warned) as warned from verdicts group by all",
    }.items():
        (lake / table).mkdir(exist_ok=True)
        database.execute(f"copy ({query}) to '{lake}/{table}/run-{run}.parquet' (format parquet)")
    return dict(database.execute("select verdict, count(*) from verdicts group by verdict").fetchall())


def _judged(files: list[Path]) -> str:
    reasons = ", ".join([*map(_reason, COLUMNS), *(f"case when not ({check}) then 'rule:{name}' end" for name, check in RULES.items())])
    warned = " or ".join(f"not coalesce({check}, true)" for check in WARNINGS)
    values = ", ".join(f"'{name}=' || " + (f"length({name}) || ':' || {name}" if name in TEXTS else f"{name}::text") for name in COLUMNS)
    listed = ", ".join(f"'{file}'" for file in files)
    texts = ", ".join(f"text_{name}" for name in COLUMNS)
    return f"""
        with lines as (
            select *, row_number() over () as position
            from read_csv([{listed}], all_varchar = true, header = true, filename = true, union_by_name = true, quote = '"')),
        typed as (
            select filename as source_file, position - min(position) over (partition by filename) + 2 as line,
                {", ".join(map(_typed, COLUMNS))}
            from lines),
        judged as (select *, coalesce({reasons}) as reason from typed)
        select {", ".join(COLUMNS)}, source_file, line, reason, {warned} as warned,
            case when reason is not null then concat_ws(',', {texts}) end as raw,
            if(reason is null, sha256(concat_ws(';', {values})), null) as record_id
        from judged"""


def _typed(name: str) -> str:
    text = f"nullif(trim({name}), '')"
    value = f"try_strptime({text}, '{MINUTES}')" if name in MOMENTS else f"try_cast({text} as integer)" if name in NUMBERS else text
    return f"{value} as {name}, {text} as text_{name}"


def _reason(name: str) -> str:
    wrong = f"when {name} is null and text_{name} is not null then 'wrong:{name}'"
    return f"case {wrong} {f'''when {name} is null then 'missing:{name}' ''' if name in REQUIRED else ''}end"


def main() -> None:
    """`reference.py FOLDER LAKE`: take the folder's CSV files into the lake, print seconds and counts."""
    files = sorted(Path(sys.argv[1]).glob("*.csv"), key=lambda path: re.split(r"(\d+)", path.name))
    started = time.perf_counter()
    counts = clean(files, lake=Path(sys.argv[2]))
    print(f"{time.perf_counter() - started:.2f}", *(f"{name}={counts[name]}" for name in sorted(counts)))


if __name__ == "__main__":
    main()
