-- name: One record
-- description: A call by its record id (here the newest one), with the file and the run that brought it
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
left join {cleaned}.ledger on ledger.run_id = calls.run_id and ledger.source_file = calls.source_file
where calls.record_id = (select max_by(record_id, start_datetime) from {cleaned}.calls)
