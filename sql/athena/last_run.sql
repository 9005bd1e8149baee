-- name: Last run
-- description: The files that the newest run took, with the account of each
select source_file, rows_in, rows_cleaned, rows_quarantined, rows_duplicate, taken_at
from {cleaned}.ledger
where run_id = (select max_by(run_id, taken_at) from {cleaned}.ledger)
order by source_file
