-- name: Bad evenings
-- description: Evenings (18 to 23 h) on which a carrier's calls failed far more often than on its others
with evenings as (
  select
    carrier_id,
    max(carrier_name) as carrier_name,
    cast(date_trunc('day', hour) as date) as evening,
    sum(calls) as calls,
    1e2 * sum(error_calls) / sum(calls) as error_percent
  from {curated}.hourly_traffic
  where hour(hour) >= 18
  group by carrier_id, cast(date_trunc('day', hour) as date)
),
compared as (
  select *, avg(error_percent) over (partition by carrier_id) as usual_percent
  from evenings
  where calls >= 10
)
select
  coalesce(carrier_name, 'carrier ' || cast(carrier_id as varchar), 'unknown') as carrier,
  evening,
  calls,
  round(error_percent, 1) as error_percent,
  round(usual_percent, 1) as usual_percent
from compared
where error_percent > 2 * usual_percent
order by error_percent - usual_percent desc, evening
limit 10
