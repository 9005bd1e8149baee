"""What DuckDB must know to answer as Trino does: macros and a few functions, defined on every query's connection.

A check that fails must fail the query, and `try(...)` must be able to catch it. DuckDB's own `error()` cannot be caught, so
`complain` casts a text that is no number: the text carries Trino's code and message between two signs, and
`errors.explained` takes them out again.
"""

import duckdb

SIGN = "\u00b6"
DATE = "[+-]?[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}"
TIMESTAMP = f"{DATE}( [0-9]{{1,2}}:[0-9]{{1,2}}(:[0-9]{{1,2}}([.][0-9]+)?)?)?"
_MACROS = f"""
create macro trino_complain(message) as cast('{SIGN}' || message || '{SIGN}' as bigint);
create macro trino_element(list, i) as list[case
    when i is null then null
    when i < 1 then trino_complain('INVALID_FUNCTION_ARGUMENT: ' || case when i = 0 then 'SQL array indices start at 1'
                                    else 'Array subscript is negative: ' || i end)
    when i > len(list) then trino_complain('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: '
                                           || i || ' > ' || len(list))
    else i end];
create macro trino_element_at(list, i) as case
    when i = 0 then list[trino_complain('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')] else list[i] end;
create macro trino_value(m, k) as map_extract(m, k)[case when m is null or map_contains(m, k) then 1
    else trino_complain('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k) end];
create macro trino_value_at(m, k) as map_extract(m, k)[1];
create macro trino_integer_text(t) as case when regexp_full_match(t, '[+-]?[0-9]+') then t else t || '{SIGN}' end;
create macro trino_boolean_text(t) as case when lower(t) in ('t', 'f', 'true', 'false', '1', '0') then t else t || '{SIGN}' end;
create macro trino_date_text(t) as case when regexp_full_match(trim(t), '{DATE}') then t else t || '{SIGN}' end;
create macro trino_timestamp_text(t) as case when regexp_full_match(trim(t), '{TIMESTAMP}') then t else t || '{SIGN}{SIGN}' end;
create macro trino_quotient(a, b, up, widen) as
    (case when (a < 0) <> (b < 0) then -1 else 1 end)
    * ((abs(cast(a * up as hugeint) * widen) * 2 + abs(cast(b * up as hugeint))) // (abs(cast(b * up as hugeint)) * 2));
create macro trino_substr(t, start, length := 2147483647) as case when start = 0 then '' when abs(start) > len(t) and start < 0 then ''
    else substr(t, cast(start as bigint), cast(length as bigint)) end;
create macro trino_contains(list, x) as list_contains(list, x);
create macro trino_position(list, x) as coalesce(list_position(list, x), 0);
create macro trino_map_agg(k, v) as map(list(k) filter (where k is not null), list(v) filter (where k is not null));
create macro trino_split_part(t, d, i) as case
    when i < 1 then cast(trino_complain('INVALID_FUNCTION_ARGUMENT: Index must be greater than zero') as varchar)
    when i > len(str_split(t, d)) then null else str_split(t, d)[i] end;
create macro trino_mantissa(digits, exponent) as
    digits[1] || '.' || case when len(digits) > 1 then digits[2:] else '0' end || 'E' || exponent;
create macro trino_scientific(t) as case
    when contains(t, 'e')
    then trino_mantissa(replace(split_part(t, 'e', 1), '.', ''), cast(split_part(t, 'e', 2) as integer))
    when starts_with(t, '0.') then trino_mantissa(ltrim(t[3:], '0'), -(len(t) - 2 - len(ltrim(t[3:], '0')) + 1))
    else trino_mantissa(rtrim(replace(t, '.', ''), '0'), len(split_part(t, '.', 1)) - 1) end;
create macro trino_double_text(x) as case when isnan(x) then 'NaN' when isinf(x) then case when x > 0 then 'Infinity' else '-Infinity' end
    when x = 0 or (abs(x) >= 0.001 and abs(x) < 10000000) then cast(x as varchar)
    else case when x < 0 then '-' else '' end || trino_scientific(cast(abs(x) as varchar)) end;
create macro trino_join(list, d) as array_to_string(list_filter(list, lambda e: e is not null), d);
"""


def needed(sql: str) -> bool:
    """Whether a query calls any of them (defining them takes longer than a small query)."""
    return "trino_" in sql.lower()


def define(connection: duckdb.DuckDBPyConnection) -> None:
    """Define them all."""
    connection.execute(_MACROS)
