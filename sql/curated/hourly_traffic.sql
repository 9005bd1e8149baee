-- description: Calls per hour and originating carrier: how many, how long, how many answered (SIP 200), short or in error
-- sources: cleaned.calls, cleaned.carriers
-- key: hour, carrier_id
-- partitions: months(hour)
-- chart: bars; title: Calls by hour of the day; x: hour(hour); value: sum(calls); unit: calls
-- chart: line; title: Calls by month; x: date_trunc('month', hour); value: sum(calls); unit: calls
-- chart: heatmap; title: Calls that failed, by carrier and hour; x: hour(hour); y: carrier_name; value: 1e2 * sum(error_calls) / sum(case when answered_share is not null then calls end); unit: %
-- chart: heatmap; title: Worst hour of each month: calls that failed; x: date_trunc('month', hour); y: carrier_name; value: max(error_calls); unit: calls
with newest_carriers as (
  select
    carrier_id,
    max_by(carrier_name, struct(loaded_at, source_file, record_id)) as carrier_name,
    max_by(country, struct(loaded_at, source_file, record_id)) as country
  from {cleaned}.carriers
  group by carrier_id
),

hourly as (
  select
    cast(cast(start_datetime as date) as timestamp_ntz) + make_dt_interval(0, hour(start_datetime)) as hour,
    originating_carrier_id as carrier_id,
    count(*) as calls,
    sum(charged_duration) as charged_seconds,
    avg(charged_duration) as mean_duration,
    avg(if(sip_response = 200, 1.0D, if(sip_response is null, null, 0.0D))) as answered_share,
    count_if(charged_duration <= 20) as short_calls,
    count_if(sip_response <> 200) as error_calls
  from {cleaned}.calls
  group by 1, 2
)

select
  hourly.hour,
  hourly.carrier_id,
  newest_carriers.carrier_name,
  newest_carriers.country,
  hourly.calls,
  hourly.charged_seconds,
  hourly.mean_duration,
  hourly.answered_share,
  hourly.short_calls,
  hourly.error_calls
from hourly
left join newest_carriers on newest_carriers.carrier_id = hourly.carrier_id
