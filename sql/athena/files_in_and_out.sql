-- name: Files in and out
-- description: Per dataset, how many rows came in and what became of them
select
  dataset,
  count(*) as files,
  sum(rows_in) as rows_in,
  sum(rows_cleaned) as rows_cleaned,
  sum(rows_quarantined) as rows_quarantined,
  sum(rows_duplicate) as rows_duplicate
from {cleaned}.ledger
group by dataset
order by dataset
