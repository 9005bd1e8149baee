"""Published copies: where their files stand, and the Hive table that points at them. Plain values, no AWS calls."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from lakemill.declare import Dataset, Publication

FINGERPRINT = "lakemill.fingerprint"
_SERDE = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_TEXT_IN = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


def columns(dataset: Dataset, *, publication: Publication) -> list[str]:
    """The columns of the copy: the declared ones, those with personal data only (hashed) if the publication asks."""
    return [column.name for column in dataset.columns if publication.pii or not column.pii]


def selection(names: Sequence[str]) -> list[str]:
    """Spark SQL that writes each column as text: ISO date-times, nothing for null."""
    return [f"cast({name} as string) as {name}" for name in names]


def fingerprint(names: Sequence[str], *, version: str) -> str:
    """sha256 of what the copy holds: its columns and the version of the view it is made of."""
    return hashlib.sha256("\0".join([version, *names]).encode()).hexdigest()


def prefix(publication: Publication) -> str:
    """The key prefix of all runs' copies."""
    return f"published/{publication.name}/"


def folder(publication: Publication, *, run_id: str, live: str) -> str:
    """The key prefix of this run's copy: never the live one, so that readers keep a finished copy until the new one is."""
    name = f"{prefix(publication)}run={run_id}/"
    return name if not live.endswith("/" + name) else f"{prefix(publication)}run={run_id}-again/"


def table(publication: Publication, *, names: Sequence[str], location: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The Glue table over the copy: every column a string, the header line skipped."""
    return {
        "Name": publication.name,
        "Description": publication.description,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "classification": "csv", "skip.header.line.count": "1", **parameters},
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": "string"} for name in names],
            "Location": location,
            "InputFormat": _TEXT_IN,
            "OutputFormat": _TEXT_OUT,
            "SerdeInfo": {
                "SerializationLibrary": _SERDE,
                "Parameters": {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"},
            },
        },
    }
