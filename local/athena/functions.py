"""Functions: those Athena has and we run, under their Trino names and with Trino's answers.

A name in `KNOWN` is run (each is tested by value). Another name that Trino has is refused as unsupported here, any other
is FUNCTION_NOT_FOUND: DuckDB has hundreds more, which must not work at home when they would fail on AWS. `rewrite` gives
those whose meaning differs their DuckDB form.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from local.athena.failures import QueryFailure, not_supported

KNOWN = frozenset(
    # one word per function: a list of strings would take ten times the lines
    """abs ceil ceiling floor round truncate sign mod power pow sqrt cbrt exp ln log log2 log10 pi degrees radians sin cos tan rand
    random greatest least coalesce nullif if try cast try_cast is_nan is_finite is_infinite nan infinity length lower upper trim
    ltrim rtrim lpad rpad replace reverse substr substring strpos position split split_part concat chr starts_with translate
    levenshtein_distance regexp_like regexp_extract regexp_replace concat_ws date date_trunc date_add date_diff date_format
    date_parse from_unixtime to_unixtime year quarter month week week_of_year day day_of_month day_of_week dow day_of_year doy hour
    minute second last_day_of_month extract now from_iso8601_date count count_if sum avg min max min_by max_by arbitrary any_value
    bool_and bool_or every array_agg map_agg histogram listagg approx_distinct approx_percentile stddev stddev_samp stddev_pop
    variance var_samp var_pop corr covar_samp covar_pop grouping row_number rank dense_rank percent_rank cume_dist ntile lag lead
    first_value last_value nth_value cardinality element_at contains array_distinct array_sort array_join array_max array_min
    array_position slice flatten sequence transform filter reduce any_match all_match map map_keys map_values unnest
    json_extract_scalar""".split()  # noqa: SIM905
)  # fmt: skip
_ELSEWHERE = frozenset(
    """typeof format at_timezone with_timezone timezone_hour timezone_minute to_iso8601 from_iso8601_timestamp date_format_joda
    parse_datetime json_extract json_parse json_format json_array_length json_array_get json_size json_array_contains is_json_scalar
    json_value json_query json_exists regexp_extract_all regexp_split regexp_count regexp_position split_to_map split_to_multimap
    normalize soundex hamming_distance codepoint to_utf8 from_utf8 to_hex from_hex to_base64 from_base64 md5 sha1 sha256 sha512
    xxhash64 crc32 hmac_sha256 bitwise_and bitwise_or bitwise_xor bitwise_not bit_count bitwise_left_shift bitwise_right_shift
    bitwise_and_agg bitwise_or_agg url_extract_host url_extract_path url_extract_query url_extract_parameter url_extract_protocol
    url_extract_port url_encode url_decode approx_set merge tdigest_agg value_at_quantile qdigest_agg checksum geometric_mean
    skewness kurtosis entropy regr_slope regr_intercept array_union array_intersect array_except arrays_overlap array_remove
    array_average ngrams combinations shuffle repeat zip zip_with none_match map_agg_union map_union map_concat map_filter
    map_entries map_from_entries map_zip_with multimap_agg multimap_from_entries transform_keys transform_values numeric_histogram
    reduce_agg width_bucket from_base to_base cosine_similarity beta_cdf normal_cdf current_time localtime human_readable_seconds
    parse_duration millisecond year_of_week yow to_milliseconds uuid last_value_agg asin acos atan atan2 sinh cosh tanh e word_stem
    luhn_check max_n strrpos concat_array st_point st_distance st_contains""".split()  # noqa: SIM905
)  # fmt: skip
_NOT_CALLS = frozenset(
    """select from where and or not in as on by over using exists any all some distinct case when then else end union intersect except
    having filter sets rollup cube grouping within between like is values join cross lateral limit offset with recursive partition
    order group rows range row array decimal varchar char timestamp time interval escape qualify window set ordinality exists
    date of""".split()  # noqa: SIM905
)  # fmt: skip
_RENAMED = {
    "map_agg": "trino_map_agg", "contains": "trino_contains", "array_position": "trino_position", "levenshtein_distance": "levenshtein",
    "split_part": "trino_split_part", "is_infinite": "isinf", "is_finite": "isfinite", "is_nan": "isnan",
    "last_day_of_month": "last_day", "every": "bool_and", "histogram": "histogram", "array_max": "list_max", "array_min": "list_min",
    "day_of_month": "day", "dow": "isodow", "doy": "dayofyear",
}  # fmt: skip


def check(tokens: Iterable[Token], tree: exp.Expr) -> None:
    """Raise QueryFailure for the first call of a function that is not ours."""
    declared = {alias.name.lower() for alias in tree.find_all(exp.TableAlias)}
    listed = list(tokens)
    for name, follower in pairwise(listed):
        called = name.text.lower()
        if follower.token_type != TokenType.L_PAREN or not called.isidentifier() or called in KNOWN | _NOT_CALLS | declared:
            continue
        if name.token_type == TokenType.STRING:
            continue
        at = (name.line, name.col - (name.end - name.start))
        if called in _ELSEWHERE:
            raise not_supported(f"the function {called}")
        raise QueryFailure("FUNCTION_NOT_FOUND", f"Function '{called}' not registered", at)


def rewrite(tree: exp.Expr) -> None:
    """Give functions their DuckDB form, in place. Raises QueryFailure."""
    for bracket in tree.find_all(exp.Bracket):
        _count_from_one(bracket)
    for node in reversed(list(tree.walk(bfs=True))):
        change = _CHANGES.get(type(node))
        if change is not None:
            changed = change(node)
            if changed is not node:
                node.replace(changed)


def _count_from_one(node: exp.Bracket) -> None:
    """sqlglot's parser lets plain subscripts count from 0; give back what was written."""
    if not node.args.get("offset"):
        node.set("expressions", exp.apply_index_offset(node.this, node.expressions, 1, dialect="trino"))
        node.set("offset", 1)


def _call(name: str, *arguments: exp.Expr | None) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=[argument for argument in arguments if argument is not None])


def _renamed(node: exp.Expr) -> exp.Expr:
    name = str(node.this).lower()
    if name in ("nan", "infinity"):
        return exp.Cast(this=exp.Literal.string(name), to=exp.DataType.build("double"))
    if name in ("any_match", "all_match"):
        return _matches(node, every=name == "all_match")
    node.set("this", _RENAMED.get(name, name))
    return node


def _matches(node: exp.Expr, *, every: bool) -> exp.Expr:
    tested = _call("list_transform", *node.expressions)
    return _call("list_bool_and" if every else "list_bool_or", tested)


def _concat(node: exp.Expr) -> exp.Expr:
    first, *rest = node.expressions
    for part in rest:
        first = exp.DPipe(this=first, expression=part)
    return exp.Paren(this=first)


def _count(node: exp.Expr) -> exp.Expr:
    if isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1:
        raise QueryFailure("FUNCTION_NOT_FOUND", "Unexpected parameters for function count: one column, or a row(...) of several")
    return node


def _date_diff(node: exp.Expr) -> exp.Expr:
    unit = exp.Literal.string(node.args["unit"].name.lower())
    return _call("date_sub", unit, node.expression, node.this)


def _regexp_extract(node: exp.Expr) -> exp.Expr:
    found = _call("regexp_extract", node.this, node.expression, node.args.get("group") or exp.Literal.number(0))
    matches = _call("regexp_matches", node.this.copy(), node.expression.copy())
    return exp.Case(ifs=[exp.If(this=matches, true=found)])


def _regexp_replace(node: exp.Expr) -> exp.Expr:
    replacement = node.args.get("replacement") or exp.Literal.string("")
    if isinstance(replacement, exp.Literal):
        replacement = exp.Literal.string(str(replacement.this).replace("\\", "\\\\").replace("$", "\\"))
    return _call("regexp_replace", node.this, node.expression, replacement, exp.Literal.string("g"))


def _milliseconds(node: exp.Expr) -> exp.Expr:
    mark = node.copy()
    return exp.Cast(this=mark, to=exp.DataType.build("TIMESTAMP_MS", dialect="duckdb"))


def _reduce(node: exp.Expr) -> exp.Expr:
    finish = node.args.get("finish")
    if not isinstance(finish, exp.Lambda) or finish.this.name != finish.expressions[0].name:
        raise not_supported(f"reduce with a last step ({node.sql('athena')[:60]})")
    return _call("list_reduce", node.this, node.args["merge"], node.args["initial"])


def _refused(node: exp.Expr) -> exp.Expr:
    raise not_supported(f"{node.sql('athena')[:80]}")


_CHANGES: dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Anonymous: _renamed,
    exp.AnonymousAggFunc: _renamed,
    exp.Concat: _concat,
    exp.Count: _count,
    exp.DateDiff: _date_diff,
    exp.Substring: lambda node: _call("trino_substr", node.this, node.args.get("start"), node.args.get("length")),
    exp.SplitPart: lambda node: _call("trino_split_part", node.this, node.args["delimiter"], node.args["part_index"]),
    exp.ArrayContains: lambda node: _call("trino_contains", node.this, node.expression),
    exp.ArrayPosition: lambda node: _call("trino_position", node.this, node.expression),
    exp.ArrayToString: lambda node: _call("trino_join", node.this, node.expression),
    exp.RegexpExtract: _regexp_extract,
    exp.RegexpReplace: _regexp_replace,
    exp.JSONExtractScalar: lambda node: _call(
        "json_extract_string", node.this, exp.Literal.string(node.expression.sql("duckdb").strip("'"))
    ),
    exp.StrToTime: _milliseconds,
    exp.AtTimeZone: _refused,
    exp.Reduce: _reduce,
}
