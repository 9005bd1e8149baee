"""What the platform's questions read, as Athena reports it (DataScannedInBytes), beside the raw files' bytes."""

from collections.abc import Iterator

from bench.clean.at_home import home, mill
from bench.clean.generated import batch, size
from bench.clean.results import Number
from cli.athena import ask
from cli.queries import named_queries

RETURNING = ("one_record",)  # questions that answer with records, not with sums over them
SUMS = "select count(*) as calls, sum(charged_duration) as seconds, count(distinct sip_response) as responses from cleaned.calls"
PERIOD = "where start_datetime >= timestamp '{}-01 00:00:00' and start_datetime < timestamp '{}-01 00:00:00'"
MONTH, YEARS = PERIOD.format("2023-05", "2023-06"), PERIOD.format("2022-01", "2025-01")


def read(rows: int) -> Iterator[Number]:
    """Every question of sql/athena, a month of records, and a month beside three years."""
    source = batch(rows, seed=1)
    raw = size(source)
    with home() as platform:
        mill("load", "calls", source)
        mill("run", "calls")
        for name, question in sorted(named_queries(platform).items()):
            scanned = ask(platform, question["QueryString"]).bytes_scanned
            limit = 0.30 if name in RETURNING else 0.05
            yield _share(f"@{name}", scanned, raw, limit)
        yield _share("all records of one month", ask(platform, f"select * from cleaned.calls {MONTH}").bytes_scanned, raw, 0.30)
        whole, month = (ask(platform, sql).bytes_scanned for sql in (f"{SUMS} {YEARS}", f"{SUMS} {MONTH}"))
        told = f"{month:,} of {whole:,} bytes, 1/{whole / month:.0f}"
        yield Number("sums over one month / the same over three years", month / whole, 1 / 20, told)


def _share(what: str, scanned: int, raw: int, limit: float) -> Number:
    return Number(f"{what} reads / the raw files", scanned / raw, limit, f"{scanned:,} of {raw:,} bytes, {scanned / raw:.2%}")
