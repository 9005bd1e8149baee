"""The `.metadata` file beside a result: its columns in protobuf, field by field as AWS writes them.

Field 1 is the engine's id of the query, 2 what was changed (`INSERT`), 3 how many rows, 4 a column: 1 catalog, 4 name, 5 label,
6 type, 7 precision, 8 scale, 9 nullable (3 = unknown), 10 case sensitive. Which of 7, 8 and 10 a column has depends on its
type. (For SHOW statements AWS writes something else, which nobody can read; here they have this form too.)
"""

from typing import Any

_VARINT, _BYTES = 0, 2
_UNKNOWN = 3
_NOTHING = ("array", "map", "row", "json", "string", "uuid", "ipaddress", "unknown")
_NO_PRECISION = ("boolean", "date", "interval day to second", "interval year to month")


def encoded(engine_id: str, columns: list[dict[str, Any]], changed: tuple[str, int] | None = None) -> bytes:
    """The content of a `.metadata` file; `changed` is what was done and to how many rows."""
    parts = [_text(1, engine_id)]
    if changed is not None:
        parts += [_text(2, changed[0]), _number(3, changed[1])]
    return b"".join([*parts, *(_message(4, _column(column)) for column in columns)])


def _column(column: dict[str, Any]) -> bytes:
    kind = column["Type"]
    parts = [_text(1, column["CatalogName"]), _text(4, column["Name"]), _text(5, column["Label"]), _text(6, kind)]
    if kind not in _NOTHING + _NO_PRECISION:
        parts.append(_number(7, column["Precision"]))
    if kind not in _NOTHING + _NO_PRECISION or kind == "date":
        parts.append(_number(8, column["Scale"]))
    parts.append(_number(9, _UNKNOWN))
    if kind not in _NOTHING:
        parts.append(_number(10, int(column["CaseSensitive"])))
    return b"".join(parts)


def _text(field: int, value: str) -> bytes:
    return _message(field, value.encode())


def _message(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
