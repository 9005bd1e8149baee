-- name: Carrier errors
-- description: Originating carriers by the share of their calls that end in an error
select
  coalesce(carrier_name, 'carrier ' || cast(carrier_id as varchar), 'unknown') as carrier,
  sum(calls) as calls,
  sum(error_calls) as error_calls,
  round(1e2 * sum(error_calls) / sum(calls), 1) as error_percent
from {curated}.hourly_traffic
group by carrier_id, carrier_name
order by error_percent desc, calls desc
