-- name: Busiest hours
-- description: The five hours of the day with the most calls, and how many of those were short or failed
select
  hour(hour) as hour_of_day,
  sum(calls) as calls,
  round(sum(charged_seconds) / 3.6e3, 1) as charged_hours,
  round(1e2 * sum(short_calls) / sum(calls), 1) as short_percent,
  round(1e2 * sum(error_calls) / sum(calls), 1) as error_percent
from {curated}.hourly_traffic
group by hour(hour)
order by calls desc, hour_of_day
limit 5
