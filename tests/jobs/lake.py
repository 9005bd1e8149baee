"""A small lake for job tests: folders for buckets, a dictionary for the Glue catalog, and the jobs as they are run."""

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import IO, Any
from urllib.parse import quote, unquote

from pyspark import cloudpickle

import lakemill
from lakemill import commits, metrics
from lakemill.intake import ChangedError, RawFile
from lakemill.privacy import Key

ROOT = Path(__file__).parents[2]
KEY = Key(value="0123456789abcdefghijklmnopqrstuvwxyz", version="one")
HEADER = "start_datetime,translated_calling_number,translated_called_number,charged_duration,originating_carrier_id,sip_response"


def script(name: str) -> ModuleType:
    """A job script as a module."""
    spec = spec_from_file_location(name, ROOT / "glue_scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    # Spark's workers cannot import a script, nor this file: their functions travel by value, as those of a running script do.
    for travels in (module, sys.modules[__name__], lakemill):
        sys.modules[travels.__name__] = travels
        cloudpickle.register_pickle_by_value(travels)
    return module


def store(folder: Path, bucket: str, *, key: str, file: IO[bytes]) -> None:
    """Keep an upload as a file."""
    path = folder / bucket / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.read())


@dataclass(frozen=True)
class Folder:
    """The raw bucket as a folder; a file's version is the hash of its content."""

    root: Path

    @property
    def odd(self) -> Path:
        """Where objects lie whose keys no path can have."""
        return self.root.parent / "odd"

    def path(self, key: str) -> Path:
        return self.odd / quote(key, safe="") if {"", ".", ".."} & set(key.split("/")) else self.root / key

    def listed(self, prefix: str) -> list[RawFile]:
        plain = [(str(path.relative_to(self.root)), path) for path in (self.root / prefix).glob("**/*") if path.is_file()]
        odd = [(unquote(path.name), path) for path in self.odd.glob("*")]
        return [self.file(key, path) for key, path in sorted([*plain, *odd]) if key.startswith(prefix)]

    def file(self, key: str, path: Path) -> RawFile:
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
        version = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        return RawFile(key=key, version=version, size=path.stat().st_size, day=day)

    def opened(self, file: RawFile) -> Any:
        path = self.path(file.key)
        if not path.exists() or self.file(file.key, path).version != file.version:
            raise ChangedError(file.key)
        return path.open("rb")

    def address(self, key: str) -> str:
        return f"file:{self.root}/{key}"


@dataclass
class Lake:
    """One test's own databases and buckets."""

    spark: Any
    folder: Path
    name: str
    catalog: dict[str, Any] = field(default_factory=dict)
    key: Key = KEY
    clean: ModuleType = field(default_factory=lambda: script("raw_to_cleaned"))
    curate: ModuleType = field(default_factory=lambda: script("cleaned_to_curated"))

    def __post_init__(self) -> None:
        for zone in ("cleaned", "curated", "quarantine"):
            self.spark.sql(f"create namespace if not exists glue_catalog.{self.name}_{zone}")
        self.store = Folder(self.folder / "raw")
        self.clean.Bucket = lambda name: self.store
        self.measured: list[dict[str, Any]] = []
        metrics.put = lambda **numbers: self.measured.append(numbers)
        self.curate.location, self.curate.remove_others = self._location, self._remove_others
        self.curate.catalogued = lambda database, *, name: self.catalog.get(name, {})
        self.curate.catalogue = self._catalogue
        self.curate.key_of = lambda secret: self.key
        self.curate.upload = partial(store, self.folder)

    def put(self, key: str, content: str | bytes) -> None:
        path = self.store.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def clean_run(self, run_id: str, *, datasets: str = "calls", **options: str) -> None:
        given = {
            "run_id": run_id,
            "datasets": datasets,
            "environment": "test",
            "raw_bucket": "raw",
            "cleaned_database": f"{self.name}_cleaned",
            "quarantine_database": f"{self.name}_quarantine",
            "schema_policy": "additive",
            "quarantine_days": "30",
            "since": "none",
            "until": "none",
            "retry": "false",
            "JOB_NAME": "j",
        }
        self.clean.main(["job", *(word for name, value in {**given, **options}.items() for word in (f"--{name}", value))])

    def curate_run(self, run_id: str, *, datasets: str = "calls,carriers") -> None:
        databases = ["--cleaned_database", f"{self.name}_cleaned", "--curated_database", f"{self.name}_curated"]
        secret = ["--privacy_secret", "arn:secret"]
        self.curate.main(["job", "--run_id", run_id, "--datasets", datasets, "--curated_bucket", "curated", *secret, *databases])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answer to SQL in which databases are named after zones."""
        for zone in ("cleaned", "curated", "quarantine"):
            query = query.replace(f"{zone}.", f"glue_catalog.{self.name}_{zone}.")
        return [tuple(row) for row in self.spark.sql(query).collect()]

    def snapshots(self, table: str) -> int:
        return len(self.rows(f"select 1 from {table}.snapshots"))

    def ledger(self) -> dict[str, tuple[int, int, int, int]]:
        """(in, cleaned, quarantined, duplicate) by file."""
        lines = self.rows("select source_file, rows_in, rows_cleaned, rows_quarantined, rows_duplicate from cleaned.ledger")
        assert len({line[0] for line in lines}) == len(lines)
        return {line[0]: line[1:] for line in lines}

    def sums(self) -> tuple[int, ...]:
        """(in, cleaned, quarantined, duplicate, rows in cleaned, rows in quarantine): the ledger's sums, and what the tables hold."""
        counts = "sum(rows_in), sum(rows_cleaned), sum(rows_quarantined), sum(rows_duplicate)"
        held = "(select count(*) from cleaned.calls), (select coalesce(sum(rows), 0) from quarantine.calls)"
        [sums] = self.rows(f"select {counts}, {held} from cleaned.ledger")
        return sums

    def failing(self, name: str, *, module: ModuleType = commits, after: bool = False) -> Callable[[], None]:
        """Let a function die the next time it is called, before or after its work; call the result to mend it."""
        whole = getattr(module, name)

        def die(*arguments: Any, **named: Any) -> Any:
            if after:
                whole(*arguments, **named)
            raise ConnectionError("the machine is gone")

        setattr(module, name, die)
        return lambda: setattr(module, name, whole)

    def _location(self, bucket: str, *, key: str) -> str:
        return f"file:{self.folder / bucket}/{key}"

    def _catalogue(self, database: str, *, table: dict[str, Any], exists: bool) -> None:
        assert exists == (table["Name"] in self.catalog)
        self.catalog[table["Name"]] = table

    def _remove_others(self, bucket: str, *, prefix: str, keep: str) -> None:
        root = self.folder / bucket
        for path in (root / prefix).glob("**/*"):
            if path.is_file() and not str(path.relative_to(root)).startswith(keep):
                path.unlink()
