"""The ledger: one line per raw file taken, which says what became of each of its rows."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from lakemill.intake import Intake, RawFile

COLUMNS = {
    "run_id": "string",
    "dataset": "string",
    "source_file": "string",
    "version": "string",
    "bytes": "bigint",
    "rows_in": "bigint",
    "rows_cleaned": "bigint",
    "rows_quarantined": "bigint",
    "rows_duplicate": "bigint",
    "rows_warned": "bigint",
    "taken_at": "timestamp_ntz",
}
VERDICTS = ("cleaned", "quarantined", "duplicate")
WARNED = "warned"  # beside the verdict: the row is kept


class Unaccounted(RuntimeError):
    """Rows went in that came out nowhere, or came out twice."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What became of one file's rows."""

    source_file: str
    version: str
    bytes: int
    rows_in: int
    rows_cleaned: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    rows_warned: int = 0

    @property
    def file(self) -> tuple[str, str]:
        """Key and version: what identifies the file."""
        return self.source_file, self.version

    @property
    def rows_out(self) -> int:
        """Rows that were given a verdict."""
        return self.rows_cleaned + self.rows_quarantined + self.rows_duplicate


def opened(file: RawFile, *, intake: Intake) -> Account:
    """The account of a file before its rows are judged."""
    return Account(source_file=file.key, version=file.version, bytes=file.size, rows_in=intake.rows)


def settle(accounts: Iterable[Account], *, verdicts: Mapping[tuple[str, str], int]) -> list[Account]:
    """The accounts with Spark's counts, by (source file, verdict). Unaccounted names the files whose sums differ."""
    opened = list(accounts)
    counted = [_counted(account, verdicts) for account in opened]
    strangers = {key for key, _ in verdicts} - {account.source_file for account in opened}
    wrong = [f"{a.source_file}: {a.rows_in} in, {a.rows_out} out" for a in counted if a.rows_in != a.rows_out]
    wrong += [f"{key}: not among the files taken" for key in sorted(strangers)]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise Unaccounted(f"rows in and rows out differ, nothing was written: {'; '.join(wrong[:3])}{more}")
    return counted


def total(accounts: Iterable[Account], field: str) -> int:
    """The sum of one count over the accounts."""
    return sum(getattr(account, field) for account in accounts)


def to_text(accounts: Iterable[Account]) -> str:
    """The accounts as one line of JSON, to travel in a snapshot's summary."""
    return json.dumps([asdict(account) for account in accounts], separators=(",", ":"))


def from_text(text: str) -> list[Account]:
    """Accounts from a snapshot's summary."""
    return [Account(**each) for each in json.loads(text)]


def _counted(account: Account, verdicts: Mapping[tuple[str, str], int]) -> Account:
    fields = asdict(account)
    for verdict in (*VERDICTS, WARNED):
        fields[f"rows_{verdict}"] += verdicts.get((account.source_file, verdict), 0)
    return Account(**fields)
