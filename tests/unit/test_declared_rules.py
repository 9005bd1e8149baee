"""Quality rules: checked when they are declared, written as SQL, and said without a value of a row."""

import pytest

from lakemill import rules
from lakemill.declare import Column, Dataset, DeclarationError, Rule, Type

COLUMNS = (Column(name="code", required=True), Column(name="price", type=Type.DOUBLE), Column(name="sold", type=Type.INTEGER))


def shop(*declared: Rule) -> Dataset:
    return Dataset(name="shop", description="", columns=COLUMNS, rules=declared)


@pytest.mark.parametrize(
    "check",
    [
        "price >= 0",
        "price * 1.5 <= sold or code in ('a', 'semi; colon')",
        "length(trim(code)) between 1 and 9 and not (price is null)",
        "case when sold > 3 then price < 100 else true end",
    ],
)
def test_a_predicate_over_the_datasets_columns_is_a_rule(check: str) -> None:
    assert shop(Rule(name="fine", check=check)).rules[0].check == check


@pytest.mark.parametrize(
    ("check", "why"),
    [
        ("prise > 0", "prise is neither a column nor one of the words"),
        ("rand() > price", "rand is neither a column"),
        ("price > 0; drop table calls", "';' is none of the signs"),
        ("price > 0 -- sold", "'--' is none of the signs"),
        ('price > "0"', "is none of the signs"),
        ("code = 'open", "is none of the signs"),
        ("(price > 0", "its brackets do not match"),
        (")price > 0(", "its brackets do not match"),
        ("1 = 1", "it names no column"),
        ("", "it names no column"),
    ],
)
def test_anything_else_is_refused_when_it_is_declared(check: str, why: str) -> None:
    with pytest.raises(DeclarationError, match=rf"dataset 'shop': rule 'odd' checks .*: .*{why}"):
        shop(Rule(name="odd", check=check))


def test_a_rule_has_a_plain_name_of_its_own_and_says_what_happens_to_a_row_that_breaks_it() -> None:
    with pytest.raises(DeclarationError, match="rule 'Odd one': use lower case"):
        Rule(name="Odd one", check="price > 0")
    with pytest.raises(DeclarationError, match="rule 'odd': on_failure is 'delete'; allowed is one of quarantine, halt, warn"):
        Rule(name="odd", check="price > 0", on_failure="delete")
    with pytest.raises(DeclarationError, match="rule twice stands there twice"):
        shop(Rule(name="twice", check="price > 0"), Rule(name="twice", check="sold > 0"))


def test_refusing_and_warning_rules_are_apart_and_null_breaks_neither() -> None:
    dataset = shop(Rule(name="priced", check="price >= 0"), Rule(name="sold_some", check="sold > 0", on_failure="warn"))
    assert rules.refusing(dataset) == ["case when not (price >= 0) then 'rule:priced' end"]
    assert rules.warnings(dataset) == "nullif(concat_ws(',', case when not (sold > 0) then 'sold_some' end), '')"
    assert rules.warnings(shop()) == "cast(null as string)"


def test_a_halt_names_the_rule_the_count_and_one_place() -> None:
    rule = Rule(name="priced", check="price >= 0", on_failure="halt")
    assert list(rules.halting(shop(rule))) == ["rule:priced"]
    said = str(rules.halt(rule, dataset=shop(rule), rows=1200, example="shop/a.csv:17"))
    assert said == "shop: 1,200 rows break the rule priced (price >= 0), for example shop/a.csv:17; nothing was written"


@pytest.mark.parametrize(("kind", "form"), [(Type.DOUBLE, "0.0"), (Type.INTEGER, "0,0"), (Type.DATE, "")])
def test_a_format_that_a_type_does_not_have_is_refused(kind: Type, form: str) -> None:
    with pytest.raises(DeclarationError, match=r"column 'x'.*format"):
        Column(name="x", type=kind, format=form)
