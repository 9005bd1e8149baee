"""How rows of text become records, as Spark SQL expressions: three selections, one after the other.

`texts` reads a file's columns by their header, `typed` gives each its type, `judged` adds reason, record_id and warnings.
Written as text, the rules can be read, compared and tested without Spark.
"""

from lakemill import moments, rules
from lakemill.declare import Column, Dataset, Type
from lakemill.intake import PATTERN
from lakemill.moments import iso, pattern

BROKEN = "broken line"
RAW_BYTES = 65_536
VERDICT = (
    "case when reason is not null then 'quarantined' when known is null then 'cleaned' "
    "when first.source_file = source_file and first.row_order = row_order then 'cleaned' else 'duplicate' end"
)
_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
_WRONG = {
    Type.INTEGER: "not_a_number",
    Type.LONG: "not_a_number",
    Type.DOUBLE: "not_a_number",
    Type.BOOLEAN: "not_a_boolean",
    Type.DATE: "not_a_date",
    Type.TIMESTAMP: "not_a_timestamp",
}


def quoted(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def named(name: str) -> str:
    """The name as an SQL identifier."""
    return "`" + name.replace("`", "``") + "`"


def fields(header: tuple[str, ...], *, dataset: Dataset) -> list[str]:
    """Names for the columns of a file, in order: declared headers keep theirs, others are numbered (they may repeat)."""
    known = {column.header for column in dataset.columns} | set(dataset.dropped)
    seen: list[str] = []
    for position, name in enumerate(header):
        seen.append(name if name in known and name not in seen else f"column {position}")
    return seen


def schema(header: tuple[str, ...], *, dataset: Dataset) -> str:
    """The file's columns as a Spark schema: all text, and one column for the line if it is broken."""
    return ", ".join(f"{named(name)} string" for name in [*fields(header, dataset=dataset), BROKEN])


def texts(header: tuple[str, ...], *, dataset: Dataset) -> list[str]:
    """Declared columns as text, blanks and missing columns as null; the reason if the row is lost as a whole."""
    present = fields(header, dataset=dataset)
    # Spark's parser checks a line only for columns that a query asks for, so this asks for all of them.
    every = ", ".join(named(name) for name in [BROKEN, *present])
    return [
        *(f"{_filled(named(c.header)) if c.header in present else 'cast(null as string)'} as {_text(c)}" for c in dataset.columns),
        f"case when {named(BROKEN)} is not null and coalesce({every}) is not null then 'broken_line' end as fault",
    ]


def plain(path: str) -> str:
    """The path with the characters that Hadoop would take for a pattern made plain."""
    return "".join(f"\\{letter}" if letter in PATTERN else letter for letter in path)


def source_file(root: str) -> str:
    """The object's key, from the address Spark read it by; `root` is the bucket's address. Decoding is slow, so only where needed."""
    address = "_metadata.file_path"
    decoded = f"if(instr({address}, '%') > 0, url_decode(replace({address}, '+', '%2B')), {address})"
    return f"substr({decoded}, {len(root) + 1}) as source_file"


def typed(dataset: Dataset) -> list[str]:
    """Each column's value in its type, null where the text has no such value, beside its text."""
    return [_text(column) for column in dataset.columns] + [f"{_value(column)} as {column.name}" for column in dataset.columns]


def judged(dataset: Dataset) -> list[str]:
    """Typed columns; the first reason against the row, if any; record_id and the warning rules broken by a row without one."""
    checks = ", ".join(["fault", *map(_check, dataset.columns), *rules.refusing(dataset)])
    return [
        *(column.name for column in dataset.columns),
        f"coalesce({checks}) as reason",
        f"case when reason is null then {record_id(dataset)} end as record_id",
        f"case when reason is null then {rules.warnings(dataset)} end as warnings",
    ]


def record_id(dataset: Dataset) -> str:
    """sha256 over the typed values, each as `name=value;`, text as `name=length:value;`.

    Nulls are left out: a column that is declared later does not change the ids of records that lack it.
    """
    return f"sha2(concat_ws(';', {', '.join(map(_named_value, dataset.columns))}), 256)"


def kept_text(raw: str) -> list[str]:
    """The row as received, from its bytes: as text of at most 64 KiB, and the sha256 of the whole where the text is not all of it."""
    text = f"decode({raw}, 'UTF-8')"
    # A character cut in two becomes one of three bytes, which must still fit, and goes.
    cut = f"regexp_replace(decode(substring(encode({text}, 'UTF-8'), 1, {RAW_BYTES - 3}), 'UTF-8'), '\ufffd$', '')"
    kept = f"if(octet_length({text}) > {RAW_BYTES}, {cut}, {text})"
    return [f"{kept} as raw", f"if(encode({kept}, 'UTF-8') = {raw}, null, sha2({raw}, 256)) as raw_sha256"]


def _text(column: Column) -> str:
    return named(f"text {column.name}")


def _filled(text: str) -> str:
    return f"case when trim({text}) <> '' then {text} end"


def _value(column: Column) -> str:
    text = _text(column)
    match column.type:
        case Type.TEXT:
            return f"case when instr({text}, '\ufffd') = 0 then {text} end"
        case Type.DATE | Type.TIMESTAMP:
            return f"case when {text} rlike {quoted(pattern(column))} then {moments.value(column, text=text)} end"
        case Type.DOUBLE if column.format:
            number = quoted(_NUMBER.replace("[.]", "[,]"))
            return f"case when trim({text}) rlike {number} then try_cast(replace({text}, ',', '.') as double) end"
        case Type.DOUBLE:
            return f"case when trim({text}) rlike {quoted(_NUMBER)} then try_cast({text} as double) end"
        case _:
            return f"try_cast(trim({text}) as {column.type})"


def _check(column: Column) -> str:
    wrong = quoted(f"{_WRONG.get(column.type, 'not_utf8')}:{column.name}")
    if column.required:
        missing = quoted(f"missing:{column.name}")
        return f"case when {column.name} is null then if({_text(column)} is null, {missing}, {wrong}) end"
    return f"case when {column.name} is null and {_text(column)} is not null then {wrong} end"


def _named_value(column: Column) -> str:
    if column.type in (Type.DATE, Type.TIMESTAMP) and not moments.zone_of(column):
        # The text that the value was cast from is the text that it would be cast to, which takes Spark longer than reading the row.
        return f"concat('{column.name}=', {iso(column, text=_text(column))})"
    length = f"length({column.name}), ':', " if column.type is Type.TEXT else ""
    return f"concat('{column.name}=', {length}{column.name})"
