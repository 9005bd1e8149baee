"""What a run would take: new files of the raw zone, their size, and the months their rows belong to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from cli import screen, words
from cli.athena import ask
from cli.formats import as_table
from cli.glimpse import months_at_the_ends
from cli.platform import Platform
from cli.problem import Problem
from cli.uploads import WORKERS
from lakemill.datasets import by_flow
from lakemill.declare import Dataset

_MONTHS_SHOWN = 3


def day(option: str) -> Callable[[str], date]:
    """What reads the day typed for an option; a Problem if it is none."""

    def read(text: str) -> date:
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            raise Problem(f"{option} {text!r} is not a date", "Write it as YYYY-MM-DD, for example 2026-11-30") from None

    return read


@dataclass(frozen=True, kw_only=True)
class Range:
    """Days (UTC, both included) on which files arrived; None is open."""

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise Problem(f"--since {self.since} is after --until {self.until}, so no file can match", "Swap them")

    @property
    def given(self) -> Mapping[str, object]:
        """The range as a run's input."""
        return {name: str(day) for name, day in (("since", self.since), ("until", self.until)) if day}

    @property
    def options(self) -> str:
        """The range as options of a command, with a space before each."""
        return "".join(f" --{name} {day}" for name, day in self.given.items())

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies within."""
        day = moment.astimezone(UTC).date()
        return (self.since or day) <= day <= (self.until or day)


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file that no run has taken yet. `months` are those of rows at its ends; None where rows do not belong to months."""

    key: str
    bytes: int
    arrived: datetime
    months: Sequence[str] | None


def new_files(platform: Platform, flow: str, *, arrived: Range) -> list[NewFile]:
    """The files that a run of the flow would take, by dataset and name."""
    taken, bucket, s3 = _taken(platform), platform.bucket("raw"), platform.client("s3")

    def seen(dataset: Dataset, found: Mapping[str, Any]) -> NewFile:
        months = months_at_the_ends(partial(_part, s3, bucket, found), found["Size"], dataset=dataset, name=found["Key"])
        return NewFile(key=found["Key"], bytes=found["Size"], arrived=found["LastModified"], months=months)

    with ThreadPoolExecutor(WORKERS) as pool:
        looks = [
            pool.submit(seen, dataset, found)
            for dataset in by_flow().get(flow, ())
            for found in _objects(s3, bucket, prefix=f"{dataset.name}/")
            if (found["Key"], found["ETag"].strip('"')) not in taken and arrived.holds(found["LastModified"])
        ]
        return [look.result() for look in looks]


def show_plan(files: Sequence[NewFile], *, next_command: str) -> None:
    """The files with sizes and months, the sums, and the command that takes them."""
    if not files:
        screen.out.print("No new files: a run would take nothing in. Nothing was started.")
        return
    rows = [
        (words.plain(each.key), words.size(each.bytes), f"{each.arrived.astimezone(UTC):%Y-%m-%d %H:%M}", _months(each)) for each in files
    ]
    names = ["new file", "size", "arrived (UTC)", "months seen at its ends"]
    screen.out.print(as_table(names, rows, right=[False, True, False, False], fold="months seen at its ends"))
    months = sorted({month for each in files for month in each.months or ()})
    told = f"{words.count(len(files), 'file')}, {words.size(sum(each.bytes for each in files))}"
    touched = f"; {words.count(len(months), 'month')} seen at the files' ends, others may stand between" if months else ""
    screen.out.print(f"\n{told}{touched}. Nothing was started.", soft_wrap=True)
    screen.out.print(f"Next: {next_command}", soft_wrap=True)


def _months(file: NewFile) -> str:
    if file.months is None:
        return "not by month"
    if len(file.months) > _MONTHS_SHOWN:
        return f"{file.months[0]} … {file.months[-1]} ({len(file.months)})"
    return ", ".join(file.months) or "none seen"


def _taken(platform: Platform) -> set[tuple[str | None, ...]]:
    tables = platform.client("glue").get_tables(DatabaseName=platform.databases()["cleaned"])["TableList"]
    if "ledger" not in {each["Name"] for each in tables}:
        return set()
    return set(ask(platform, "select distinct source_file, version from cleaned.ledger").rows)


def _objects(s3: Any, bucket: str, *, prefix: str) -> Iterator[Mapping[str, Any]]:
    """The objects that the job would see: no folder marks, no names that Spark takes for hidden."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (each for each in page.get("Contents", ()) if each["Key"].rsplit("/", 1)[-1][:1] not in ("", "_", "."))


def _part(s3: Any, bucket: str, found: Mapping[str, Any], first: int, last: int) -> bytes:
    """Bytes of an object, both ends included, in the version that was listed."""
    body = s3.get_object(Bucket=bucket, Key=found["Key"], Range=f"bytes={first}-{last}", IfMatch=found["ETag"])["Body"]
    content: bytes = body.read()
    return content
