"""What the flow of a model asks of Athena."""

import json
import re
from collections.abc import Sequence

from stacks.flows.endings import RUN

_VALUE = re.compile(r"(\{(?:run|made)\})")
EXAMINE = """\
select case
  when count(*) < {fewest} then cast(count(*) as varchar) || ' rows in {source}, and at least {fewest} are needed'
  when count_if({odd}) > 0 then cast(count_if({odd}) as varchar) || ' values of {key} in {source} hold a comma, a quote, a backslash or a \
control character, which the files of a model cannot'
  {faults}
  when {twice} then cast(count(*) - count(distinct {key}) as varchar) || ' rows of {source} have the {key} of another'
  else '' end as fault, cast({twice} as varchar) as twice, ? as run
from "{curated}"."{{made}}\""""
TWICE = "count({key}) > count(distinct {key})"
# Rows travel to a model as lines of plain CSV, in which nothing can be quoted.
ODD = r"""regexp_like(cast({key} as varchar), '[,"\\\p{{Cc}}\x{{2028}}\x{{2029}}]')"""
EMPTY = "when count({name}) < count(*) then cast(count(*) - count({name}) as varchar) || ' rows of {source} have no {name}'"
FLAT = "when min({name}) = max({name}) then 'all rows of {source} have the same {name}'"
SUMMARY = """\
select cast(sum(size) as varchar) || ' rows in ' || cast(count(*) as varchar) || ' of {group}: '
       || array_join(array_agg(cast({group} as varchar) || ' has ' || cast(size as varchar) order by {group}), ', ') as sentence
from (select {group}, count(*) as size from "{curated}"."{mapping}" where run_id = ? group by {group})"""


def made(table: str) -> str:
    """An expression for the name of a run's own table, which `table` is then pointed at."""
    return _expression("{made}", table=table)


def create(sql: str, *, table: str, curated: str, to: str) -> str:
    """An expression for SQL that makes a run's own table of a query's rows, below the run's own prefix."""
    options = "table_type = 'ICEBERG', is_external = false, format = 'PARQUET', write_compression = 'ZSTD'"
    place = f"location = '{to}{table}/runs/{{run}}/'"
    query = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
    return _expression(f'CREATE TABLE "{curated}"."{{made}}" WITH ({options}, {place}) AS', "\n" + query, table=table)


def examine(*, source: str, key: str, features: Sequence[str], fewest: int, curated: str) -> str:
    """An expression for SQL about the run's own table: why a model cannot learn from it (empty if it can), and whether rows share a key.

    Its parameter is the run's id.
    """
    empty = [EMPTY.format(name=name, source=source) for name in (key, *features)]
    flat = [FLAT.format(name=name, source=source) for name in features]
    faults, twice = "\n  ".join([*empty, *flat]), TWICE.format(key=key)
    said = EXAMINE.format(fewest=fewest, source=source, key=key, odd=ODD.format(key=key), faults=faults, twice=twice, curated=curated)
    return _expression(said, table=source)


def unload(*, source: str, columns: Sequence[str], curated: str, to: str) -> str:
    """An expression for SQL that writes a table's columns as CSV without a header, below the run's own prefix."""
    chosen = ", ".join(f"cast({name} as {'double' if place else 'varchar'}) as {name}" for place, name in enumerate(columns))
    query = f'select {chosen} from "{curated}"."{source}"'
    options = "format = 'TEXTFILE', field_delimiter = ',', compression = 'NONE'"
    return _expression(f"UNLOAD ({query}) TO '{to}{{run}}/features/' WITH ({options})")


def summary(*, mapping: str, group: str, curated: str) -> str:
    """SQL for a sentence about what a run mapped. Its parameter is the run's id."""
    return SUMMARY.format(mapping=mapping, group=group, curated=curated)


def _expression(sql: str, then: str = "", *, table: str = "") -> str:
    """SQL as an expression, with the run's id for {run} and the run's own `table` for {made}; `then` follows as it is."""
    # Names of executions have signs that names of tables cannot have.
    values = {"{run}": RUN, "{made}": f"{_text(f'{table}_')} & $lowercase($replace({RUN}, /[^0-9A-Za-z]/, '_'))"}
    parts = [values.get(part) or _text(part) for part in (*_VALUE.split(sql), then) if part]
    return f"{{% {' & '.join(parts)} %}}"


def _text(sql: str) -> str:
    """SQL as a text of JSONata, in which nothing ends the expression."""
    return json.dumps(sql).replace("%}", "%\\u007d")
