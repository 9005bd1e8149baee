"""What the flow of a model asks of Athena."""

import json
from collections.abc import Sequence

from stacks.flows.endings import RUN

EXAMINE = """\
select case
  when count(*) < {fewest} then cast(count(*) as varchar) || ' rows in {source}, and at least {fewest} are needed'
  when count_if({odd}) > 0 then cast(count_if({odd}) as varchar) || ' values of {key} in {source} hold a comma, a quote, a backslash or a \
control character, which the files of a model cannot'
  {faults}
  else '' end as fault, ? as run
from "{curated}"."{source}\""""
# Rows travel to a model as lines of plain CSV, in which nothing can be quoted.
ODD = r"""regexp_like(cast({key} as varchar), '[,"\\\p{{Cc}}\x{{2028}}\x{{2029}}]')"""
EMPTY = "when count({name}) < count(*) then cast(count(*) - count({name}) as varchar) || ' rows of {source} have no {name}'"
FLAT = "when min({name}) = max({name}) then 'all rows of {source} have the same {name}'"
SUMMARY = """\
select cast(sum(size) as varchar) || ' rows in ' || cast(count(*) as varchar) || ' of {group}: '
       || array_join(array_agg(cast({group} as varchar) || ' has ' || cast(size as varchar) order by {group}), ', ') as sentence
from (select {group}, count(*) as size from "{curated}"."{mapping}" where run_id = ? group by {group})"""


def examine(*, source: str, key: str, features: Sequence[str], fewest: int, curated: str) -> str:
    """SQL for what is wrong with a model's source; empty text if nothing is. Its parameter is the run's id."""
    empty = [EMPTY.format(name=name, source=source) for name in (key, *features)]
    flat = [FLAT.format(name=name, source=source) for name in features]
    faults = "\n  ".join([*empty, *flat])
    return EXAMINE.format(fewest=fewest, source=source, key=key, odd=ODD.format(key=key), faults=faults, curated=curated)


def unload(*, source: str, columns: Sequence[str], curated: str, to: str) -> str:
    """An expression for SQL that writes a table's columns as CSV without a header, below the run's own prefix."""
    chosen = ", ".join(f"cast({name} as {'double' if place else 'varchar'}) as {name}" for place, name in enumerate(columns))
    query = f'select {chosen} from "{curated}"."{source}"'
    options = "format = 'TEXTFILE', field_delimiter = ',', compression = 'NONE'"
    parts = (_text(f"UNLOAD ({query}) TO '{to}"), RUN, _text(f"/features/' WITH ({options})"))
    return f"{{% {' & '.join(parts)} %}}"


def summary(*, mapping: str, group: str, curated: str) -> str:
    """SQL for a sentence about what a run mapped. Its parameter is the run's id."""
    return SUMMARY.format(mapping=mapping, group=group, curated=curated)


def _text(sql: str) -> str:
    """SQL as a text of JSONata."""
    return json.dumps(sql)
