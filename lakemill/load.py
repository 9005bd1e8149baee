"""One dataset in one run: where its files are, which tables take them, and what is said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, Protocol

from lakemill import ledger, tables
from lakemill.cleaning import quoted
from lakemill.declare import Dataset
from lakemill.intake import POLICIES, RawFile

NONE = "none"
OPTIONS = (
    "run_id",
    "datasets",
    "environment",
    "raw_bucket",
    "cleaned_database",
    "quarantine_database",
    "schema_policy",
    "quarantine_days",
    "since",
    "until",
    "retry",
)


class OptionError(ValueError):
    """A job argument that cannot work."""


class Store(Protocol):
    """The raw zone. It travels to Spark's workers."""

    def listed(self, prefix: str) -> list[RawFile]:
        """The objects under the prefix, by key, without names that Spark takes for hidden."""

    def opened(self, file: RawFile) -> BinaryIO:
        """The object's bytes; ChangedError if it is not there in that version."""

    def address(self, key: str) -> str:
        """The address Spark reads the object by; of an empty key, the beginning of all addresses."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """The load of one dataset in a Spark session. Table names are complete: catalog.database.table.

    `since` and `until` are UTC days of arrival (2026-11-01, both inclusive), or empty.
    """

    spark: Any
    store: Store
    dataset: Dataset
    environment: str
    run_id: str
    cleaned: str
    quarantine: str
    ledger: str
    schema_policy: str
    quarantine_days: int
    since: str = ""
    until: str = ""
    retry: bool = False

    @classmethod
    def of(cls, dataset: Dataset, *, spark: Any, store: Store, options: Mapping[str, str]) -> "Load":
        """The load of the dataset under the job's options. OptionError says what an option may be."""
        cleaned = f"{tables.CATALOG}.{options['cleaned_database']}"
        if options["schema_policy"] not in POLICIES:
            raise OptionError(f"--schema_policy is {options['schema_policy']!r}; allowed is {' or '.join(POLICIES)}")
        return cls(
            spark=spark,
            store=store,
            dataset=dataset,
            environment=options["environment"],
            run_id=options["run_id"],
            cleaned=f"{cleaned}.{dataset.name}",
            quarantine=f"{tables.CATALOG}.{options['quarantine_database']}.{dataset.name}",
            ledger=f"{cleaned}.ledger",
            schema_policy=options["schema_policy"],
            quarantine_days=int(options["quarantine_days"]),
            since=_day(options, "since"),
            until=_day(options, "until"),
            retry=options["retry"] == "true",
        )

    def stamp(self, moment: str) -> dict[str, str]:
        """Spark SQL for the run id and the present time in UTC, by column name; `moment` names the second."""
        return {"run_id": quoted(self.run_id), moment: f"timestamp_ntz'{datetime.now(UTC):%Y-%m-%d %H:%M:%S}'"}

    def sql(self, query: str, **frames: Any) -> Any:
        """The query over frames, each named in braces.

        PySpark makes a view of each frame and drops it at once, and with a view Spark drops what its frame keeps (`persist`). So the
        views are of selections from the frames.
        """
        return self.spark.sql(query, **{name: frame.select("*") for name, frame in frames.items()})

    def files(self) -> list[RawFile]:
        """The dataset's files as they are now."""
        return self.store.listed(f"{self.dataset.name}/")

    def wants(self, file: RawFile) -> bool:
        """Whether the file arrived in the days that the run is bounded to."""
        return (not self.since or file.day >= self.since) and (not self.until or file.day <= self.until)

    def tell(self, what: str) -> None:
        """A line for the log: what, about which dataset. Never a value of a row."""
        print(f"{self.dataset.name}: {what}", flush=True)  # noqa: T201


def sentence(accounts: Sequence[ledger.Account]) -> str:
    """What became of the files, in a few words."""
    counts = ", ".join(f"{ledger.total(accounts, f'rows_{verdict}'):,} {verdict}" for verdict in ledger.VERDICTS)
    files = f"{len(accounts)} file{'s' * (len(accounts) != 1)}"
    return f"{files}, {ledger.total(accounts, 'rows_in'):,} rows in: {counts}"


def _day(options: Mapping[str, str], name: str) -> str:
    text = options[name]
    try:
        return "" if text == NONE else date.fromisoformat(text).isoformat()
    except ValueError:
        raise OptionError(f"--{name} is {text!r}; allowed is a day such as 2026-11-21, or {NONE}") from None
