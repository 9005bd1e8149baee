-- description: One row per call for learning: what was known of it, and the labels is_short_call (20 s or less) and is_error_call (SIP response other than 200)
-- sources: cleaned.calls
-- key: record_id
-- partitions: months(start_datetime)
select
  record_id,
  start_datetime,
  hour(start_datetime) as hour_of_day,
  weekday(start_datetime) + 1 as day_of_week,
  originating_carrier_id,
  terminating_carrier_id,
  originating_carrier_id = terminating_carrier_id as is_same_carrier,
  call_direction,
  service_type,
  charged_duration,
  release_cause_number,
  sip_response,
  charged_duration <= 20 as is_short_call,
  sip_response <> 200 as is_error_call
from {cleaned}.calls
