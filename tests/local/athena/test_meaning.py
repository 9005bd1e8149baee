"""Trino's meaning, value by value: each expected text was worked out by hand from Trino's documentation."""

from collections.abc import Callable

import pytest

SCALARS = [
    ("1/2", "0"),
    ("-7/2", "-3"),
    ("7/2e0", "3.5"),
    ("1.0/3", "0.3"),
    ("10.50/2", "5.25"),
    ("2/3.00", "0.67"),
    ("-3 % 2", "-1"),
    ("try(1/0)", None),
    ("1e0/0", "Infinity"),
    ("1e10", "1.0E10"),
    ("0.00015e0", "1.5E-4"),
    ("123456.5e0", "123456.5"),
    ("cast(2.5e0 as integer)", "3"),
    ("cast(-2.5e0 as bigint)", "-3"),
    ("try_cast('1.5' as integer)", None),
    ("cast('12' as bigint)", "12"),
    ("cast(1e10 as varchar)", "1.0E10"),
    ("cast(0.00015e0 as varchar)", "1.5E-4"),
    ("cast('abc' as varchar(2))", "ab"),
    ("cast(true as varchar)", "true"),
    ("try_cast('yes' as boolean)", None),
    ("cast('T' as boolean)", "true"),
    ("cast(timestamp '2020-01-01 10:00:00.250' as varchar)", "2020-01-01 10:00:00.250"),
    ("timestamp '2019-01-10 09:12:00'", "2019-01-10 09:12:00"),
    ("timestamp '2019-01-10 09:12:00.123'", "2019-01-10 09:12:00.123"),
    ("cast('2019-01-10 09:12:00' as timestamp)", "2019-01-10 09:12:00.000"),
    ("date_trunc('month', timestamp '2019-01-10 09:12:00.000')", "2019-01-01 00:00:00.000"),
    ("date_trunc('month', date '2019-01-10')", "2019-01-01"),
    ("date '2019-01-31' + interval '1' month", "2019-02-28"),
    ("date_add('day', 1, date '2020-01-31')", "2020-02-01"),
    ("date_diff('day', timestamp '2020-01-01 23:00:00', timestamp '2020-01-02 01:00:00')", "0"),
    ("date_diff('month', date '2020-01-31', date '2020-03-01')", "1"),
    ("date_format(timestamp '2019-01-10 09:12:00', '%Y-%m-%d %H:%i')", "2019-01-10 09:12"),
    ("date_parse('10-01-2019', '%d-%m-%Y')", "2019-01-10 00:00:00.000"),
    ("from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"),
    ("day_of_week(date '2020-01-05')", "7"),
    ("extract(month from date '2020-02-03')", "2"),
    ("last_day_of_month(date '2020-02-03')", "2020-02-29"),
    ("substr('hello', 0)", ""),
    ("substr('hello', -3)", "llo"),
    ("substr('hello', -10)", ""),
    ("split_part('a-b', '-', 3)", None),
    ("concat('a', null)", None),
    ("regexp_extract('abc', 'x')", None),
    ("regexp_replace('abc', '(b)', '<$1>')", "a<b>c"),
    ("array[1, 2][2]", "2"),
    ("element_at(array[1, 2], 5)", None),
    ("element_at(map(array['a'], array[1]), 'b')", None),
    ("array_position(array[1], 9)", "0"),
    ("cardinality(map(array['a'], array[1]))", "1"),
    ("array_join(array['a', null, 'b'], ',')", "a,b"),
    ("transform(array[1, 2], x -> x * 2)", "[2, 4]"),
    ("reduce(array[1, 2, 3], 0, (s, x) -> s + x, s -> s)", "6"),
    ("row(1, 'a')", "{field0=1, field1=a}"),
    ("cast(row(1, 'x') as row(a integer, b varchar))", "{a=1, b=x}"),
    ("array['a', null]", "[a, null]"),
    ("map(array['a', 'b'], array[1, 2])", "{a=1, b=2}"),
    ("least(1, null)", None),
    ("json_extract_scalar('{\"a\": {\"b\": 1}}', '$.a.b')", "1"),
    ("round(-2.5e0)", "-3.0"),
    ("''", ""),
    ("if(false, 1)", None),
    ("split('a,b', ',')", "[a, b]"),
    ("log(2, 8)", "3.0"),
]
TABLES = [
    ("select try(x / y) from (values (1, 0), (6, 4)) t(x, y)", [[None], ["1"]]),
    (
        "select sum(x), avg(x), sum(d), avg(d), count_if(x > 1) from (values (1, 1.25), (2, 2.25)) t(x, d)",
        [["3", "1.5", "3.50", "1.75", "1"]],
    ),
    ("select 1.0 * sum(x) / count(*) from (values 1, 1, 2) t(x)", [["1.3"]]),
    ("select k, sum(x) / count(*) from (values ('a', 1), ('a', 2)) t(k, x) group by 1", [["a", "1"]]),
    ("with c as (select x / 2 as h from (values 5) t(x)) select h / 2, h from c", [["1", "2"]]),
    ("select x, sum(x) over (order by x) from (values 1, 2) t(x)", [["1", "1"], ["2", "3"]]),
    ("select sum(x) filter (where x > 1) from (values 1, 2) t(x)", [["2"]]),
    ("select x from (values 1, null, 3) t(x) order by x desc", [["3"], ["1"], [None]]),
    ("select x from (values 1, null, 3) t(x) order by x", [["1"], ["3"], [None]]),
    ("select a, b from unnest(array[5, 6]) with ordinality as t(a, b)", [["5", "1"], ["6", "2"]]),
    ("select t.v, u.e from (values (1, array['x', 'y'])) t(v, l) cross join unnest(l) as u(e)", [["1", "x"], ["1", "y"]]),
    ("select map_agg(k, v) from (values ('a', 1), ('b', 2)) t(k, v)", [["{a=1, b=2}"]]),
    (
        "select grouping(a), a, count(*) from (values 1, 1, 2) t(a) group by grouping sets ((a), ()) order by 1, 2",
        [["0", "1", "2"], ["0", "2", "1"], ["1", None, "3"]],
    ),
    ("select approx_percentile(x, 0.5), max_by(x, -x), min_by(x, -x), arbitrary(7) from (values 1, 2, 3) t(x)", [["2", "1", "3", "7"]]),
    ("select lag(x) over (order by x), row_number() over (order by x desc) from (values 1, 2) t(x) order by 2", [["1", "1"], [None, "2"]]),
    ("select listagg(x, ',') within group (order by x) from (values 'b', 'a') t(x)", [["a,b"]]),
    ("with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) select sum(n) from r", [["6"]]),
    ("values (1, 'a'), (2, null)", [["1", "a"], ["2", None]]),
    ("select stddev(x), variance(x), histogram(x) from (values 1, 2, 3) t(x)", [["1.0", "1.0", "{1=1, 2=1, 3=1}"]]),
    ("select x from (values 1, 2) t(x) except select 1", [["2"]]),
    ("select sum(distinct x), count(distinct x) from (values 1, 1, 2) t(x)", [["3", "2"]]),
    ("select 1 as a union all select 2 order by a desc; -- done", [["2"], ["1"]]),
    (
        "select date_trunc('day', d) as day, 1e2 * sum(x) / count(*) from (values (timestamp '2019-01-02 07:00:00', 1)) t(d, x) "
        "group by date_trunc('day', d)",
        [["2019-01-02 00:00:00", "100.0"]],
    ),
    ("with a as (select 1 as x) select x from a union all select x + 1 from a", [["1"], ["2"]]),
    ("select avg(cast(x as real)), sum(cast(x as real)) from (values 1, 2, 2) t(x)", [["1.6666666", "5.0"]]),
    ("select (select count(*) from (values 1) s(y) where y / 2 = 0)", [["1"]]),
]


@pytest.mark.parametrize(("expression", "expected"), SCALARS, ids=[text for text, _ in SCALARS])
def test_an_expression_has_trinos_value(answer: Callable[..., object], expression: str, expected: str | None) -> None:
    assert answer(f"select {expression}") == [[expected]]


@pytest.mark.parametrize(("sql", "expected"), TABLES, ids=[text[:60] for text, _ in TABLES])
def test_a_query_has_trinos_rows(answer: Callable[..., object], sql: str, expected: object) -> None:
    assert answer(sql) == expected


def test_parameters_take_the_place_of_question_marks_in_order(answer: Callable[..., object]) -> None:
    assert answer("select ? as a, upper(?) where ? > 1", "7", "'x'", "2") == [["7", "X"]]
