"""Personal data outside of cleaned: a keyed hash (HMAC-SHA256, hex) in the place of each value.

Equal values have equal hashes in all tables of an environment, so joins still hold; without the environment's key
nobody can find a value by trying. The expressions read the key from a relation of one row: as text in a query it would
stand in every plan, and plans stand in logs and errors.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lakemill.curated import Curated
from lakemill.declare import PROVENANCE, Dataset

PADS = "privacy_pads"
SHORTEST = 32  # characters of a key
_BLOCK = 64  # bytes that SHA-256 takes in at once


class UnusableKey(RuntimeError):
    """The secret holds nothing that could serve as a key."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """The key of an environment, and the name of its version. The value is never shown, also not as part of another object."""

    value: str = field(repr=False)
    version: str


def key_in(secret: str, *, answer: dict[str, Any]) -> Key:
    """The key in Secrets Manager's answer to GetSecretValue; UnusableKey names the secret that holds none."""
    value = answer.get("SecretString") or ""
    if len(value) < SHORTEST:
        raise UnusableKey(f"secret {secret} holds no key of {SHORTEST} characters or more: put one in, or deploy the stack that makes it")
    return Key(value=value, version=f"{secret} {answer['VersionId']}")


def pads(key: str) -> tuple[bytes, bytes]:
    """The two blocks that HMAC (RFC 2104) puts before a value and before its hash."""
    raw = key.encode()
    block = (hashlib.sha256(raw).digest() if len(raw) > _BLOCK else raw).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def hashed(value: str) -> str:
    """Spark SQL for the hash of a value's text, null for null. The pads must be there as the relation `privacy_pads`."""
    inner = f"unhex(sha2(concat((select ipad from {PADS}), cast(cast({value} as string) as binary)), 256))"
    return f"sha2(concat((select opad from {PADS}), {inner}), 256)"


def personal(dataset: Dataset) -> set[str]:
    """Columns of the cleaned table that show a person: the flagged ones, and record_id, which is a plain hash over them."""
    flagged = {column.name for column in dataset.columns if column.pii}
    return flagged | {"record_id"} if flagged else set()


def selection(dataset: Dataset, *, existing: Iterable[str]) -> list[str]:
    """The cleaned table as others may see it. A column of the table that nobody declares might be anything and stays out."""
    hidden, known = personal(dataset), {column.name for column in dataset.columns} | set(PROVENANCE)
    return [f"{hashed(name)} as {name}" if name in hidden else name for name in existing if name in known]


def mark(dataset: Dataset, *, key: Key) -> str:
    """What the hashes in a view depend on: the hashed columns and the key's version. Empty if nothing is hashed."""
    hidden = sorted(personal(dataset))
    return joined([key.version, *hidden]) if hidden else ""


def marks(datasets: Iterable[Dataset], *, tables: Iterable[Curated], key: Key) -> dict[str, str]:
    """The marks of cleaned tables and, from their sources, of curated ones given in the order of their making."""
    found = {f"cleaned.{each.name}": mark(each, key=key) for each in datasets}
    for table in tables:
        found[table.table] = joined(found[source] for source in table.sources)
    return found


def joined(parts: Iterable[str]) -> str:
    """One mark for several; empty if all are."""
    filled = [each for each in parts if each]
    return hashlib.sha256("\0".join(filled).encode()).hexdigest() if filled else ""


def view(spark: Any, *, table: str, dataset: Dataset, key: Key) -> Any:
    """The dataset's cleaned table as a data frame in which personal data is hashed."""
    rows = spark.table(table)
    if not personal(dataset):
        return rows
    _hold_pads(spark, key=key)
    try:
        return rows.selectExpr(*selection(dataset, existing=rows.columns))
    finally:
        spark.catalog.dropTempView(PADS)  # the data frame keeps its own hold; no other query finds the key


def _hold_pads(spark: Any, *, key: Key) -> None:
    # A list of rows given to createDataFrame would pass through a file; this way the key stays in memory.
    java = spark.sparkContext._jvm
    row = spark.sparkContext._gateway.new_array(java.java.lang.Object, 2)
    row[0], row[1] = pads(key.value)
    rows = java.java.util.ArrayList()
    rows.add(java.org.apache.spark.sql.RowFactory.create(row))
    schema = java.org.apache.spark.sql.types.StructType.fromDDL("ipad binary, opad binary")
    spark._jsparkSession.createDataFrame(rows, schema).createOrReplaceTempView(PADS)
