-- name: Refused rows
-- description: What of the call files was refused and why, with one file to look at
select
  reason,
  sum(rows) as rows_refused,
  count(distinct source_file) as files,
  min(source_file) as for_example
from {quarantine}.calls
group by reason
order by rows_refused desc, reason
