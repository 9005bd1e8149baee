"""Values as Athena writes them: in the result file and in GetQueryResults every value is text.

Timestamps carry the fraction of their type (3 digits for Hive columns, 6 for Iceberg's, as many as written for a literal),
doubles look like Java's (1.0E10), containers nest without quoting: `[1, 2]`, `{a=1, b=2}`.
"""

import math
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

Formatter = Callable[[Any], str]


def formatter(kind: Any) -> Formatter:
    """A function from a non-null Python value of DuckDB type `kind` to its text."""
    name = getattr(kind, "id", str(kind).lower())
    if name in _QUICK:
        return _QUICK[name]
    if name in ("list", "array"):
        return _list(nullable(formatter(kind.children[0][1])))
    if name in ("struct", "tuple"):
        return _row([(field, nullable(formatter(child))) for field, child in kind.children], named=name == "struct")
    if name == "map":
        (_, key), (_, value) = kind.children
        return _map(nullable(formatter(key)), nullable(formatter(value)))
    return _java_float if name == "float" else plain


def nullable(inner: Formatter) -> Formatter:
    """`inner` that also takes None, which prints as null inside containers."""
    return lambda value: "null" if value is None else inner(value)


def plain(value: Any) -> str:  # noqa: PLR0911 - one return per type
    """The text of a value whose Python type says everything."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return java_double(value)
        case Decimal():
            return f"{value:f}"
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex(" ")
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d} UTC"
        case timedelta():
            return _interval(value)
        case time():
            return value.isoformat("milliseconds")
        case date():
            return value.isoformat()
    return str(value)


def java_double(value: float, digits: str | None = None) -> str:
    """A double as Java prints it: plain between 1e-3 and 1e7, else with an exponent. `digits` = its shortest repr."""
    if math.isnan(value):
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = f"{Decimal(digits):f}" if digits else repr(value)
        return text if "." in text else text + ".0"
    shortest = Decimal(digits or repr(value))
    sign, ciphers, _ = shortest.normalize().as_tuple()
    mantissa = "".join(map(str, ciphers))
    return f"{'-' if sign else ''}{mantissa[0]}.{mantissa[1:] or '0'}E{shortest.adjusted()}"


def _java_float(value: float) -> str:
    for precision in range(1, 10):
        digits = f"{value:.{precision}g}"
        if struct.pack("f", float(digits)) == struct.pack("f", value):
            return java_double(value, digits)
    return java_double(value)


def _timestamp(precision: str) -> Formatter:
    return lambda value: value.isoformat(" ", precision)


def _list(element: Formatter) -> Formatter:
    return lambda values: "[" + ", ".join(map(element, values)) + "]"


def _map(key: Formatter, value: Formatter) -> Formatter:
    return lambda entries: "{" + ", ".join(f"{key(k)}={value(v)}" for k, v in entries.items()) + "}"


def _row(fields: list[tuple[str, Formatter]], *, named: bool) -> Formatter:
    def text(value: Any) -> str:
        values = list(value.values()) if isinstance(value, dict) else list(value)
        names = [name if named and name != f"_{i}" else f"field{i}" for i, (name, _) in enumerate(fields)]
        return "{" + ", ".join(f"{name}={show(v)}" for name, (_, show), v in zip(names, fields, values, strict=True)) + "}"

    return text


def _interval(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    whole = abs(value)
    hours, rest = divmod(whole.seconds, 3600)
    return f"{sign}{whole.days} {hours:02d}:{rest // 60:02d}:{rest % 60:02d}.{whole.microseconds // 1000:03d}"


_QUICK: dict[str, Formatter] = {
    **dict.fromkeys(("varchar", "tinyint", "smallint", "integer", "bigint", "hugeint", "ubigint"), str),
    "timestamp_s": _timestamp("seconds"),
    "timestamp_ms": _timestamp("milliseconds"),
    "timestamp": _timestamp("microseconds"),
    "timestamp_ns": lambda value: f"{value.isoformat(' ', 'microseconds')}000",
    "double": java_double,
}
