"""What fails on AWS fails here, with the same code and words; what only DuckDB can do does not work."""

from collections.abc import Callable

import pytest

from local.athena.failures import Refusal
from local.athena.lengths import lengths
from local.athena.parse import parse

FAILURES = [
    ("select 1/0", "DIVISION_BY_ZERO: Division by zero"),
    ("select x / y from (values (1, 0)) t(x, y)", "DIVISION_BY_ZERO: Division by zero"),
    ("select 1.5 / 0", "DIVISION_BY_ZERO: Division by zero"),
    ("select 5 % 0", "DIVISION_BY_ZERO: Division by zero"),
    ("select cast('1.5' as integer)", "INVALID_CAST_ARGUMENT: Cannot cast '1.5' to integer"),
    ("select cast('2020-13-01' as date)", "INVALID_CAST_ARGUMENT: Value cannot be cast to date: 2020-13-01"),
    ("select array[1, 2][3]", "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 3 > 2"),
    ("select a[0] from (values array[1]) t(a)", "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1"),
    ("select map(array['a'], array[1])['b']", "INVALID_FUNCTION_ARGUMENT: Key not present in map: b"),
    ("select '1' = 1", "TYPE_MISMATCH: Cannot apply operator: varchar = integer"),
    (
        "select d from (values date '2020-01-01') t(d) where d >= '2019-01-01'",
        "TYPE_MISMATCH: line 1:53: Cannot apply operator: date >= varchar",
    ),
    ("select date '2020-01-01' + 1", "TYPE_MISMATCH: Cannot apply operator: date + integer"),
    ("select 'a' || 1", "FUNCTION_NOT_FOUND: Unexpected parameters (varchar, integer) for function concat."),
    ("select list_value(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'list_value' not registered"),
    ("select ifnull(1, 2)", "FUNCTION_NOT_FOUND: line 1:8: Function 'ifnull' not registered"),
    ("select read_text('/etc/passwd')", "FUNCTION_NOT_FOUND: line 1:8: Function 'read_text' not registered"),
    (
        "select x, count(*) from (values 1) t(x)",
        "EXPRESSION_NOT_AGGREGATE: line 1:8: 'x' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (
        "select c.nope from (values 1) c(x)",
        "COLUMN_NOT_FOUND: line 1:8: Column 'c.nope' cannot be resolved or requester is not authorized to access requested resources",
    ),
    ("select x from (values 1) a(x) cross join (values 1) b(x)", "AMBIGUOUS_NAME: line 1:8: Column 'x' is ambiguous"),
    ("select 1 union all select 'a'", "TYPE_MISMATCH: column in UNION query has incompatible types: integer, varchar"),
    (
        "select transform(array[1], x -> x / 2)",
        "NOT_SUPPORTED: a division whose operands' types it cannot tell: x / 2 (the local Athena does not do this; AWS may)",
    ),
    ("select cast('2020-01-01T00:00:00' as timestamp)", "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: 2020-01-01T00:00:00"),
    (
        "select cast(a as timestamp) from (values '2020-01-01 00:00:00 UTC') t(a)",
        "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: 2020-01-01 00:00:00 UTC",
    ),
    ("select cast('2020-01-01 00:00:00' as date)", "INVALID_CAST_ARGUMENT: Value cannot be cast to date: 2020-01-01 00:00:00"),
    ("select (select a from (values 1, 2) t(a))", "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"),
    ("select 1 where 1", "TYPE_MISMATCH: WHERE clause must evaluate to a boolean: actual type integer"),
    (
        "select a from (values 'true') t(a) where a",
        "TYPE_MISMATCH: line 1:42: WHERE clause must evaluate to a boolean: actual type varchar",
    ),
    (
        "select count(*) from (values 1) t(a) having max(a)",
        "TYPE_MISMATCH: line 1:49: HAVING clause must evaluate to a boolean: actual type integer",
    ),
    (
        "select 1 from (values 1) t(a) join (values 2) u(b) on b",
        "TYPE_MISMATCH: line 1:55: JOIN ON clause must evaluate to a boolean: actual type integer",
    ),
    (
        "select a from (values 1) t(a) where a and a = 1",
        "TYPE_MISMATCH: line 1:37: Logical expression term must evaluate to a boolean (actual: integer)",
    ),
    (
        "select not a from (values 1) t(a)",
        "TYPE_MISMATCH: line 1:12: Value of logical NOT expression must evaluate to a boolean (actual: integer)",
    ),
    (
        "select case when a then 1 end from (values 1) t(a)",
        "TYPE_MISMATCH: line 1:18: CASE WHEN clause must evaluate to a boolean (actual: integer)",
    ),
    ("select if(a, 1) from (values 1) t(a)", "TYPE_MISMATCH: line 1:11: IF condition must evaluate to a boolean (actual: integer)"),
    ("select avg(a) from (values date '2020-01-01') t(a)", "FUNCTION_NOT_FOUND: line 1:12: Unexpected parameters (date) for function avg."),
    ("select upper(a) from (values 1) t(a)", "FUNCTION_NOT_FOUND: Unexpected parameters (integer) for function upper."),
    ("select a like 'x' from (values 1) t(a)", "TYPE_MISMATCH: Left side of LIKE expression must evaluate to a varchar (actual: integer)"),
    ("select cast(a as integer) from (values date '2020-01-01') t(a)", "TYPE_MISMATCH: Cannot cast date to integer"),
    ("select typeof(1)", "NOT_SUPPORTED: the function typeof (the local Athena does not do this; AWS may)"),
    ("select at_timezone(now(), 'UTC')", "NOT_SUPPORTED: the function at_timezone (the local Athena does not do this; AWS may)"),
]
UNSEEN = [
    ("select a + 1 as b from (values 1) t(a) where b > 1", 46),
    ("select a as b, count(*) from (values 1) t(a) group by b", 55),
    ("select nope", 8),
]
REFUSED = [
    ("select 1; select 2", "Only one sql statement is allowed. Got: select 1; select 2"),
    ("selec 1", "line 1:1: mismatched input 'selec'"),
    ("select `a` from t", "line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers"),
    ("select 1::int", "line 1:9: mismatched input '::'"),
    ("select * exclude (a) from t", "not supported by the local Athena"),
    ("select a from t qualify row_number() over () = 1", "mismatched input"),
    ("insert overwrite into t select 1", "line 1:8: mismatched input 'overwrite'. Expecting: 'INTO'"),
    ("create table t (a int)", "the local Athena makes tables by CREATE TABLE … AS only"),
    ("create table t with (format = 'PARQUET', FORMAT = 'JSON') as select 1", "line 1:42: Duplicate property: FORMAT"),
    ("create table t as\nselect `a`", "line 2:8: backquoted identifiers"),
    ("unload (select 1) to 's3://b/'", "line 1:31: mismatched input '<EOF>'. Expecting: 'WITH'"),
    ("unload (select (1) to 's3://b/' with (format = 'JSON')", "mismatched input '<EOF>'. Expecting: ')'"),
    ("update t set a = 1", "the local Athena does not run UPDATE T"),
    ("show functions", "the local Athena does not run SHOW FUNCTIONS"),
    ("explain select 1", "the local Athena has none"),
    ("drop table a b", "line 1:14: mismatched input 'b'. Expecting: <EOF>"),
    ("prepare p from drop table t", "supported only for SELECT, INSERT INTO, CTAS, and UNLOAD"),
    ("execute", "line 1:8: mismatched input '<EOF>'. Expecting: <identifier>"),
    ("select from where", "mismatched input"),
    ("select * from", "line 1:14: mismatched input '<EOF>'"),
    ("select a from t join", "line 1:21: mismatched input '<EOF>'"),
    ("select a\nfrom", "line 2:5: mismatched input '<EOF>'"),
    ("", "line 1:1: mismatched input '<EOF>'"),
]


@pytest.mark.parametrize(("sql", "expected"), FAILURES, ids=[text for text, _ in FAILURES])
def test_a_query_fails_in_athenas_words(reason: Callable[[str], str], sql: str, expected: str) -> None:
    assert reason(sql) == expected


@pytest.mark.parametrize(("sql", "column"), UNSEEN, ids=[text for text, _ in UNSEEN])
def test_a_name_that_trino_does_not_see_is_not_found(reason: Callable[[str], str], sql: str, column: int) -> None:
    assert reason(sql).startswith(f"COLUMN_NOT_FOUND: line 1:{column}: Column '")


@pytest.mark.parametrize(("sql", "expected"), REFUSED, ids=[text for text, _ in REFUSED])
def test_a_statement_outside_the_subset_is_refused_at_start(sql: str, expected: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse(sql)
    assert expected in caught.value.message
    assert caught.value.code == "MALFORMED_QUERY"


def test_a_wrong_number_of_parameters_fails_the_query(answer: Callable[..., object]) -> None:
    failure = parse("select ? + ?", ["1"]).failure
    assert failure is not None
    assert failure.reason == "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1"
    assert failure.error["ErrorType"] == 1100


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("select decimal '1.10'", "1.10"),
        ("select decimal '123456789.123456789'", "123456789.123456789"),
        ("select decimal '-7'", "-7"),
        ("select cast('1.56' as decimal)", "2"),
        ("select 1 where null is null and not (false or 1 > 2)", "1"),
        ("select case 1 when 1 then 'a' end", "a"),
        ("select try_cast('2020-01-01T00:00:00' as timestamp)", None),
        ("select try_cast(a as date) from (values '2020-1-5') t(a)", "2020-01-05"),
        ("select cast(' 2020-01-01 1:2:3' as timestamp)", "2020-01-01 01:02:03.000"),
        ("select length(cast(localtimestamp as varchar))", "23"),
        ("select count(*) from (values true) t(b) where b and (b)", "1"),
    ],
)
def test_what_is_right_is_answered(answer: Callable[..., list[list[str | None]]], sql: str, value: str | None) -> None:
    assert answer(sql) == [[value]]


def test_a_parameter_that_is_no_literal_is_refused() -> None:
    with pytest.raises(Refusal, match="not a literal"):
        parse("select ?", ["(select 1)"])


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 'abc' as a, cast(b as varchar(7)) as b, c from t", [3, 7, None]),
        ("values ('a', 1), ('bcd', 2), (null, 3)", [3, None]),
        ("select 'a' union all select 'bcd'", [3]),
        ("select 'a' union all select x from t", [None]),
        ("select *, 'a' from t", []),
    ],
)
def test_texts_have_the_lengths_of_literals_and_casts(sql: str, expected: list[int | None]) -> None:
    tree = parse(sql).tree
    assert tree is not None
    assert lengths(tree) == expected
