"""Curated tables: one SQL file each, whose first lines are comments that say what it reads and what it makes."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.abc import Traversable
from importlib.resources import files
from typing import Any, cast

from lakemill import charts
from lakemill.charts import Chart
from lakemill.declare import NAME, DeclarationError

FOLDER = "sql/curated"
FIELDS = ("description", "sources", "key", "partitions")
CHART = "chart"  # as many lines as there are charts
_HEADER = re.compile(r"--\s*(\w+)\s*:\s*(.*)")
_SOURCE = re.compile(r"\{(cleaned|curated)\}\.(\w+)")
_RELATION = re.compile(r"UnresolvedRelation \[([^\]]*)\]")
_COMPUTED_NAME = "UnresolvedIdentifier"  # IDENTIFIER('…') names a table by an expression
_PARTITION = re.compile(r"(?:(?P<by>years|months|days|hours)\((?P<moment>\w+)\)|(?P<column>\w+))")


@dataclass(frozen=True, kw_only=True)
class Curated:
    """A table of the curated zone. `sources` are `cleaned.x` or `curated.y`; `key` identifies a row; `sql` has {cleaned} and {curated}.

    Its charts are no part of `sql`: another picture makes no other table.
    """

    name: str
    description: str
    sources: tuple[str, ...]
    key: tuple[str, ...]
    partitions: tuple[str, ...]
    sql: str
    charts: tuple[Chart, ...] = ()
    folder: str = FOLDER

    @property
    def file(self) -> str:
        """Where the table is defined."""
        return f"{self.folder}/{self.name}.sql"

    @property
    def table(self) -> str:
        """The table's name as a source of others."""
        return f"curated.{self.name}"

    def query(self, names: Mapping[str, str]) -> str:
        """The SQL with the name of each source in place."""
        return _SOURCE.sub(lambda source: names[f"{source[1]}.{source[2]}"], self.sql)

    def check_reads(self, plan: str, *, names: Iterable[str]) -> None:
        """DeclarationError if the query reads a table that is not one of its sources under its given name.

        `plan` is Spark's plan of the query as parsed, before any name is looked up. Names of one part are WITH queries
        or views of the job; anything else might hold personal data in the clear.
        """
        allowed = {", ".join(name.split(".")) for name in names}
        strangers = sorted({each for each in _RELATION.findall(plan) if ", " in each and each not in allowed})
        if _COMPUTED_NAME in plan:
            strangers.append("IDENTIFIER(…)")
        if strangers:
            found = "; ".join(each.replace(", ", ".") for each in strangers)
            raise DeclarationError(f"{self.file} reads {found}: write tables as {{cleaned}}.x or {{curated}}.y")

    def fingerprint(self, versions: Mapping[str, str], *, mark: str = "") -> str:
        """sha256 of the definition, the sources' versions and the mark of privacy: equal means that the table would come out the same."""
        parts = [self.sql, *self.key, *self.partitions, *(f"{source}={versions[source]}" for source in self.sources), mark]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def parse(name: str, *, text: str, folder: str = FOLDER) -> Curated:
    """The definition in a file's text. DeclarationError says which line of the header is missing or wrong."""
    where = f"{folder}/{name}.sql"
    lines = text.strip().splitlines()
    header = [match for line in lines if (match := _HEADER.fullmatch(line.strip())) and match[1] in (*FIELDS, CHART)]
    found = {match[1]: match[2].strip() for match in header}
    pictures = {match.string: charts.parse(match[2], where=where) for match in header if match[1] == CHART}
    if missing := [field for field in FIELDS if not found.get(field) and field != "partitions"]:
        raise DeclarationError(f"{where}: the header lacks {', '.join(missing)}; write a line `-- {missing[0]}: …`")
    partitions = _names(found.get("partitions", ""))
    if wrong := [each for each in partitions if not _PARTITION.fullmatch(each)]:
        raise DeclarationError(f"{where}: partitions are columns or years, months, days, hours of one, not {', '.join(wrong)}")
    table = Curated(
        name=name,
        description=found["description"],
        sources=_names(found["sources"]),
        key=_names(found["key"]),
        partitions=partitions,
        sql="\n".join(line for line in lines if line.strip() not in pictures),
        charts=tuple(pictures.values()),
        folder=folder,
    )
    _check_sources(table)
    return table


def tables(folder: str = FOLDER) -> Mapping[str, Curated]:
    """All tables of a folder by name. The folder lies beside this package, in a folder or in a zip."""
    place: Traversable = cast(Any, files("lakemill")).parent.joinpath(*folder.split("/"))
    texts = {each.name.removesuffix(".sql"): each.read_text("utf-8") for each in place.iterdir() if each.name.endswith(".sql")}
    return {name: parse(name, text=texts[name], folder=folder) for name in sorted(texts)}


def in_order(defined: Iterable[Curated], *, datasets: Sequence[str]) -> list[Curated]:
    """Tables in the order in which they can be made. DeclarationError for a circle, or a source that is nowhere declared."""
    by_table = {each.table: each for each in defined}
    known = {f"cleaned.{name}" for name in datasets} | set(by_table)
    for each in by_table.values():
        check_known(each, known=known)
    try:
        order = list(TopologicalSorter({name: set(each.sources) for name, each in sorted(by_table.items())}).static_order())
    except CycleError as circle:
        raise DeclarationError(f"curated tables read each other in a circle: {' -> '.join(circle.args[1])}") from None
    return [by_table[name] for name in order if name in by_table]


def check_known(table: Curated, *, known: Iterable[str]) -> None:
    """DeclarationError if the table reads a source that is none of the known ones."""
    there = sorted(known)
    if unknown := [source for source in table.sources if source not in there]:
        raise DeclarationError(f"{table.file}: no source {', '.join(unknown)}; there are {', '.join(there)}")


def depending_on(ordered: Iterable[Curated], *, datasets: Iterable[str]) -> list[Curated]:
    """Of tables in order, those that read any of the datasets, directly or through other tables."""
    changed = {f"cleaned.{name}" for name in datasets}
    affected = []
    for each in ordered:
        if changed & set(each.sources):
            changed.add(each.table)
            affected.append(each)
    return affected


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _check_sources(table: Curated) -> None:
    read = {f"{zone}.{name}" for zone, name in _SOURCE.findall(table.sql)}
    if not NAME.fullmatch(table.name):
        raise DeclarationError(f"{table.file}: use lower case letters, digits and _ for a table's name")
    if read != set(table.sources):
        raise DeclarationError(
            f"{table.file}: the header says sources {', '.join(table.sources)}, the SQL reads {', '.join(sorted(read)) or 'none'}"
        )
