"""The question that decides whether a run may be believed: does every row taken in stand somewhere, and were few enough refused?"""

from collections.abc import Sequence

COMPARED = """\
with taken as (
  select dataset, sum(rows_in) as rows_in, sum(rows_cleaned) as rows_cleaned,
         sum(rows_quarantined) as rows_quarantined, sum(rows_duplicate) as rows_duplicate
  from "{cleaned}"."ledger" group by dataset
),
run as (
  select dataset, sum(rows_in) as run_in, sum(rows_quarantined) as run_refused
  from "{cleaned}"."ledger" where run_id = ? and rows_quarantined >= 0 group by dataset
),
held as (
  {held}
),
compared as (
  select held.dataset, held.rows_held, coalesce(taken.rows_in, 0) as rows_in, coalesce(taken.rows_cleaned, 0) as rows_cleaned,
         coalesce(taken.rows_quarantined, 0) as rows_quarantined, coalesce(taken.rows_duplicate, 0) as rows_duplicate,
         coalesce(run.run_in, 0) as run_in, coalesce(run.run_refused, 0) as run_refused
  from held left join taken on taken.dataset = held.dataset left join run on run.dataset = held.dataset
),
judged as (
  select compared.*,
         rows_in = rows_cleaned + rows_quarantined + rows_duplicate and rows_held = rows_cleaned as balanced,
         run_refused * 100 > run_in * {percent} as too_many,
         dataset || ': ' || cast(rows_in as varchar) || ' in, ' || cast(rows_cleaned as varchar) || ' cleaned, '
         || cast(rows_quarantined as varchar) || ' quarantined, ' || cast(rows_duplicate as varchar) || ' duplicate, '
         || cast(rows_held as varchar) || ' in the table' as counts
  from compared
)
select case when bool_and(balanced and not too_many) then 'true' else 'false' end as believed,
       array_join(array_agg(counts order by dataset), '; ') as sentence,
       array_join(array_agg(
         case when not balanced then 'rows do not add up: ' || counts
              when too_many then 'too many rows were refused: ' || cast(run_refused as varchar) || ' of ' || cast(run_in as varchar)
                   || ' rows of ' || dataset || ' in this run, more than the {percent} percent allowed; see quarantine.' || dataset
              else counts end order by dataset), '; ') as explanation
from judged"""


HELD = """select '{name}' as dataset, count(*) as rows_held from "{cleaned}"."{name}\""""


def balance_query(*, datasets: Sequence[str], cleaned: str, max_percent: int) -> str:
    """SQL with one row, `believed` ('true' or 'false'), a `sentence` of counts and an `explanation`; its parameter is the run's id.

    It compares the ledger with the tables of a flow, and the run's refused rows with the share that is allowed.
    """
    held = "\n  union all\n  ".join(HELD.format(name=name, cleaned=cleaned) for name in datasets)
    return COMPARED.format(cleaned=cleaned, held=held, percent=max_percent)
