"""The question that decides whether a run may be believed: does every row taken in stand somewhere?"""

from collections.abc import Sequence

COMPARED = """\
with taken as (
  select dataset, sum(rows_in) as rows_in, sum(rows_cleaned) as rows_cleaned,
         sum(rows_quarantined) as rows_quarantined, sum(rows_duplicate) as rows_duplicate
  from "{cleaned}"."ledger" group by dataset
),
held as (
  {held}
),
compared as (
  select held.dataset, held.rows_held, coalesce(taken.rows_in, 0) as rows_in, coalesce(taken.rows_cleaned, 0) as rows_cleaned,
         coalesce(taken.rows_quarantined, 0) as rows_quarantined, coalesce(taken.rows_duplicate, 0) as rows_duplicate
  from held left join taken on taken.dataset = held.dataset
)
select case when bool_and(rows_in = rows_cleaned + rows_quarantined + rows_duplicate and rows_held = rows_cleaned)
            then 'true' else 'false' end as balanced,
       array_join(array_agg(
         dataset || ': ' || cast(rows_in as varchar) || ' in, ' || cast(rows_cleaned as varchar) || ' cleaned, '
         || cast(rows_quarantined as varchar) || ' quarantined, ' || cast(rows_duplicate as varchar) || ' duplicate, '
         || cast(rows_held as varchar) || ' in the table' order by dataset), '; ') as sentence
from compared"""


HELD = """select '{name}' as dataset, count(*) as rows_held from "{cleaned}"."{name}\""""


def balance_query(*, datasets: Sequence[str], cleaned: str) -> str:
    """SQL with one row, `balanced` ('true' or 'false') and a `sentence` of counts: the ledger against the tables of a flow."""
    held = "\n  union all\n  ".join(HELD.format(name=name, cleaned=cleaned) for name in datasets)
    return COMPARED.format(cleaned=cleaned, held=held)
