"""JSON: records one after the other, with or without line ends between them, or one array of records.

A top-level array is one column `array`, as with AWS's classifier.
"""

import json
from collections.abc import Iterator
from typing import Any

from local.glue.crawler.kinds import TEXT, UNSEEN, Columns, Kind, merged, merged_columns
from local.glue.crawler.objects import Beginning
from local.glue.crawler.shapes import Shape

RECORDS = 1000
SERDE = "org.openx.data.jsonserde.JsonSerDe"
_INT, _LONG = 1 << 31, 1 << 63
_SCALARS: dict[type, Kind] = {type(None): UNSEEN, bool: "boolean", float: "double"}


def shape(beginning: Beginning) -> Shape | None:
    """The columns of an object's records; nothing if it is no JSON."""
    if beginning.content.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        records = list(_records(beginning.content.decode(), whole=beginning.whole))
    except ValueError:
        return None
    if not records:
        return None
    columns: Columns = {}
    for record in records:
        columns = merged_columns(columns, record)
    return Shape(
        classification="json",
        compression=beginning.compression,
        columns=columns,
        serde=SERDE,
        rows=len(records),
        width=max(1, len(beginning.content) // len(records)),
        whole=beginning.whole and len(records) < RECORDS,
    )


def kind(value: Any) -> Kind:
    """The type of one value."""
    if isinstance(value, dict):
        return {name.lower(): kind(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_common(value)]
    if isinstance(value, int) and not isinstance(value, bool):
        return "int" if -_INT <= value < _INT else "bigint" if -_LONG <= value < _LONG else "double"
    return _SCALARS.get(type(value), TEXT)


def _common(values: list[Any]) -> Kind:
    found: Kind = UNSEEN
    for each in values:
        found = merged(found, kind(each))
    return found


def _records(content: str, *, whole: bool) -> Iterator[Columns]:
    """The first records. What is broken in the middle raises ValueError; a record that the beginning cuts off is left out."""
    decoder, at, count = json.JSONDecoder(), 0, 0
    while count < RECORDS:
        while at < len(content) and content[at].isspace():
            at += 1
        if at == len(content):
            return
        try:
            record, at = decoder.raw_decode(content, at)
        except ValueError:
            if count and not whole:
                return
            raise
        if not isinstance(record, dict | list):
            raise ValueError("a record of JSON is an object")
        yield {name: kind(each) for name, each in record.items()} if isinstance(record, dict) else {"array": kind(record)}
        count += 1
