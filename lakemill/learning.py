"""The words of a model's declaration. The pipeline from table to mapping, its permissions and its commands come from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lakemill.declare import NAME, DeclarationError
from lakemill.wide import WideTable

CQL = {"string": "text", "int": "int", "bigint": "bigint", "double": "double"}  # of the types that answers may have


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A new model is promoted only if `metric` is at least that of the live model less `tolerance`. More is better."""

    metric: str
    tolerance: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model: trained on table `source` (sql/features), one row per `id`, by the script folder `training/<name>` in a framework's image.

    `metrics` are patterns over the script's log lines whose first group is the value. `fewest` rows are needed before anything is
    trained. `answers` are the columns (with SQL types) of the lines that the served model gives, the id first; with the run's id and
    the package they become table `curated.<mapping>`, and rows of `mapping` and of `runs` (one per value of `group`) in Keyspaces.
    """

    name: str
    description: str
    dataset: str
    source: str
    id: str
    features: tuple[str, ...]
    metrics: Mapping[str, str]
    gate: Gate
    group: str
    answers: Mapping[str, str]
    mapping: str
    runs: str
    image: str = "sagemaker-scikit-learn:1.9-0-cpu-py3"
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    fewest: int = 3
    minutes: int = 60

    def __post_init__(self) -> None:
        names = (self.name, self.dataset, self.id, self.group, self.mapping, self.runs, *self.features, *self.answers)
        if wrong := [name for name in names if not NAME.fullmatch(name)]:
            raise self._wrong(f"{', '.join(map(repr, wrong))}: use lower case letters, digits and _")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.source):
            raise self._wrong(f"source {self.source!r} must be the name of a table in sql/features")
        if not self.features or len(set(self.features)) < len(self.features):
            raise self._wrong("it needs features, none of them twice")
        if self.gate.metric not in self.metrics:
            raise self._wrong(f"its gate asks for {self.gate.metric!r}; its metrics are {', '.join(self.metrics)}")
        if next(iter(self.answers), "") != self.id or self.group not in self.answers:
            raise self._wrong(f"its answers must begin with {self.id} and hold {self.group}")
        if unknown := sorted(set(self.answers.values()) - set(CQL)):
            raise self._wrong(f"its answers have type {', '.join(unknown)}; allowed is one of {', '.join(CQL)}")
        if "double" in (self.answers[self.id], self.answers[self.group]):
            raise self._wrong(f"{self.id} and {self.group} are parts of keys, which no double can be")
        for name, pattern in self.metrics.items():
            if re.compile(pattern).groups != 1:
                raise self._wrong(f"the pattern of metric {name} must have one group, the value")

    def _wrong(self, what: str) -> DeclarationError:
        return DeclarationError(f"model {self.name!r}: {what}")

    def by_row(self) -> WideTable:
        """The table of Keyspaces with an answer per row and run, the rows of one id together."""
        columns = {name: CQL[type_] for name, type_ in self.answers.items()}
        extra = {"run_id": "text", "model_version": "int", "mapped_at": "timestamp"}
        return WideTable(name=self.mapping, columns={**columns, **extra}, partition=(self.id,), clustering=("run_id",))

    def by_group(self) -> WideTable:
        """The table of Keyspaces with a row per run and group: how many, and the features' means."""
        means = {f"mean_{name}": "double" for name in self.features}
        group = {self.group: CQL[self.answers[self.group]]}
        columns = {"run_id": "text", **group, "size": "int", **means, "model_version": "int", "mapped_at": "timestamp"}
        return WideTable(name=self.runs, columns=columns, partition=("run_id",), clustering=(self.group,))
