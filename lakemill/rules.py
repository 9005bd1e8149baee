"""Quality rules as Spark SQL: which rule a typed row breaks, and what is said when a run is halted."""

from collections.abc import Mapping

from lakemill.declare import Dataset, OnFailure, Rule

REASON = "rule:"


class Halted(RuntimeError):
    """A row breaks a rule that lets no run pass."""


def refusing(dataset: Dataset) -> list[str]:
    """One expression per rule that refuses rows: its reason where the rule is broken, else null."""
    return [_broken(rule, said=f"{REASON}{rule.name}") for rule in dataset.rules if rule.on_failure != OnFailure.WARN]


def warnings(dataset: Dataset) -> str:
    """An expression for the names of the warning rules that a row breaks, with commas between; null if it breaks none."""
    told = [_broken(rule, said=rule.name) for rule in dataset.rules if rule.on_failure == OnFailure.WARN]
    return f"nullif(concat_ws(',', {', '.join(told)}), '')" if told else "cast(null as string)"


def halting(dataset: Dataset) -> Mapping[str, Rule]:
    """Rules that let no run pass, by their reason."""
    return {f"{REASON}{rule.name}": rule for rule in dataset.rules if rule.on_failure == OnFailure.HALT}


def halt(rule: Rule, *, dataset: Dataset, rows: int, example: str) -> Halted:
    """The error of a run that meets rows against a halting rule: names the rule, never a value."""
    many = f"{rows:,} row{'s break' if rows != 1 else ' breaks'}"
    return Halted(f"{dataset.name}: {many} the rule {rule.name} ({rule.check}), for example {example}; nothing was written")


def _broken(rule: Rule, *, said: str) -> str:
    return f"case when not ({rule.check}) then '{said}' end"
