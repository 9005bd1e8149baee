-- name: Short calls
-- description: How calls of 20 seconds or less end, by SIP response, next to longer ones
select
  sip_response,
  count(*) as calls,
  count_if(is_short_call) as short_calls,
  round(1e2 * count_if(is_short_call) / count(*), 1) as short_percent
from {curated}.call_outcomes
group by sip_response
order by short_calls desc, sip_response
