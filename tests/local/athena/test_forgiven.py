"""What the parser forgives and Trino does not: refused at the start, where Trino stops. What Trino takes is taken."""

import pytest

from local.athena.failures import Refusal
from local.athena.parse import parse

FORGIVEN = [
    ("select a, from t", "line 1:11: mismatched input 'from'"),
    ("select a from t,", "line 1:17: mismatched input '<EOF>'"),
    ("select max(a,) from t", "line 1:14: mismatched input ')'"),
    ("select array[1,]", "line 1:16: mismatched input ']'"),
    ("select a from t group by", "line 1:25: mismatched input '<EOF>'"),
    ("select a from t group by all", "line 1:29: mismatched input '<EOF>'"),
    ("select a from t order by a,\n", "mismatched input '<EOF>'"),
    ("select", "line 1:7: mismatched input '<EOF>'"),
    ("select distinct from t", "line 1:17: mismatched input 'from'"),
    ("select a from t where a in ()", "line 1:29: mismatched input ')'"),
    ("select a from t join u", "line 1:17: mismatched input 'join'"),
    ("select a from t left join u join v on a = b", "A JOIN needs ON or USING"),
    ("select a from t limit 3 offset 2", "line 1:25: mismatched input 'offset'"),
    ("select a from t limit '3'", "line 1:23: mismatched input '3'"),
    ("select a from t limit -1", "line 1:23: mismatched input '-'"),
    ("select a from t limit 1.5", "line 1:23: mismatched input '1.5'"),
    ("select 1 as 'x'", "line 1:13: mismatched input 'x'"),
    ("select 'a' 'b'", "line 1:12: mismatched input 'b'"),
    ("select interval 1 day", "line 1:17: mismatched input '1'"),
    ("select interval '1' days", "line 1:21: mismatched input 'days'"),
    ("select date 2020", "line 1:13: mismatched input '2020'"),
    ("select 1_000", "line 1:8: identifiers must not start with a digit"),
    ("select t.* x from t", "a name for *"),
    ("select count(*, 1) from t", "COUNT of several values"),
    ("select count(distinct) from t", "DISTINCT of nothing"),
    ("select sum(a) over from t", "line 1:20: mismatched input 'from'"),
    ("select [1, 2]", "line 1:8: mismatched input '['"),
    ("select {'a': 1}", "line 1:8: mismatched input '{'"),
    ("select 'a'.upper()", "line 1:11: mismatched input '.'"),
    ("select t.a.upper() from t", "a function behind a dot"),
    ("select 1 == 1", "line 1:10: mismatched input '=='"),
    ("select cast(a as int8) from t", "line 1:8: Unknown type: int8"),
    ("select try_cast(a as string) from t", "line 1:8: Unknown type: string"),
    ("select cast(cast(a as integer) as float) from t", "line 1:8: Unknown type: float"),
    ("select timestamp '2020-01-01T00:00:00'", "line 1:8: '2020-01-01T00:00:00' is not a valid TIMESTAMP literal"),
    ("select extract(epoch from a) from t", "line 1:16: mismatched input 'epoch'"),
]
TAKEN = [
    "select a from t order by 1 offset 2 limit 3",
    "select a from t natural inner join u",
    "select a from t cross join u join v on a = b left join (w join x using (y)) on true",
    "select x from t cross join unnest(array[1, 2]) as u(x)",
    "select a, count(*) from t group by grouping sets ((a), ())",
    "select distinct a, interval '1' day from t limit all",
    "select array[], 1.5e3, .5, date '2020-01-01', sum(a) over (order by b) from t",
    "select a offset from t offset",
    "select timestamp '2020-01-01 00:00:00 UTC', timestamp '2020-01-01 Europe/Tallinn'",
    "select cast(row(1, 'x') as row(a integer, b varchar(3))).a, (select 1 as text), m['a'][1], f(a)[1] from t",
    "select cast(a as array(map(varchar, double))), cast(a as timestamp(6)), extract(dow from a) from t",
    "select cast(a as double precision), cast(a as timestamp with time zone) from t",
]
UNFINISHED = ["select a\nfrom t where", "select from where", "select case when", "select (", "with t as"]


@pytest.mark.parametrize(("sql", "expected"), FORGIVEN, ids=[text for text, _ in FORGIVEN])
def test_what_only_the_parser_forgives_is_refused_where_trino_stops(sql: str, expected: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(sql)
    assert expected in caught.value.message


@pytest.mark.parametrize("sql", TAKEN)
def test_what_trino_takes_is_taken(sql: str) -> None:
    assert parse(sql).tree is not None


@pytest.mark.parametrize("sql", UNFINISHED)
def test_what_is_wrong_with_a_text_is_said_without_a_word_of_the_parser(sql: str) -> None:
    with pytest.raises(Refusal, match=r"line \d+:\d+: ") as caught:
        parse(sql)
    assert "<class" not in caught.value.message
    assert "Token" not in caught.value.message
