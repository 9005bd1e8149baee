"""Questions asked twice: of the platform, and of DuckDB on the same files."""

HOURLY = """
    select strftime(date_trunc('hour', start_datetime), '%Y-%m-%d %H:%M:%S') as hour, originating_carrier_id as carrier,
           count(*) as calls, sum(charged_duration) as seconds,
           count(case when charged_duration <= 20 then 1 end) as short, count(case when sip_response <> 200 then 1 end) as errors
    from calls group by 1, 2 order by 1, 2"""
OUR_HOURLY = """
    select date_format(hour, '%Y-%m-%d %H:%i:%s') as hour, carrier_id as carrier, calls, charged_seconds as seconds,
           short_calls as short, error_calls as errors
    from curated.hourly_traffic order by 1, 2"""
OUTCOMES = """
    select is_short_call, is_error_call, count(*) as calls from curated.call_outcomes group by 1, 2
    order by 1 nulls last, 2 nulls last"""
THEIR_OUTCOMES = """
    select charged_duration <= 20 as is_short_call, sip_response <> 200 as is_error_call, count(*) as calls
    from calls group by 1, 2 order by 1 nulls last, 2 nulls last"""
