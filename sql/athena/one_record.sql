-- name: One record
-- description: The newest call, with the file and the run that brought it; its time narrows the search, which by record_id alone reads all ids
select
  calls.record_id,
  calls.start_datetime,
  calls.charged_duration,
  calls.sip_response,
  calls.source_file,
  calls.run_id,
  ledger.version as file_version,
  ledger.taken_at
from {cleaned}.calls
join (select max(start_datetime) as start_datetime from {cleaned}.calls) as newest on newest.start_datetime = calls.start_datetime
left join {cleaned}.ledger on ledger.run_id = calls.run_id and ledger.source_file = calls.source_file
order by calls.record_id
limit 1
