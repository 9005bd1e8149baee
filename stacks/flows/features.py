"""Steps that make the table a model learns from: Athena writes a table of the run's own, and the table's name is pointed at it.

An Iceberg table is what its entry in the catalog points at, so readers see the rows of the last run or all of the new one's, whatever
columns either has. Files of former runs are left to maintenance.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.flows import model_questions as questions
from stacks.flows.calls import call, retry
from stacks.flows.steps import GLUE_TRANSIENT, Steps
from stacks.parts.zone_database import ZoneDatabase

CATALOG_MINUTES = 5


@dataclass(frozen=True, kw_only=True)
class FeatureTable:
    """A feature table's declaration as a flow needs it. `query` gives its SQL for names of its `sources`, cleaned.x and curated.y."""

    name: str
    description: str
    key: str
    sources: Sequence[str]
    query: Callable[[Mapping[str, str]], str]

    @property
    def cleaned(self) -> list[str]:
        """The cleaned tables that it reads."""
        return [name for zone, name in (source.split(".") for source in self.sources) if zone == "cleaned"]


class Features:
    """Builds the steps in the flow's construct."""

    def __init__(self, scope: Construct, *, table: FeatureTable, steps: Steps, cleaned: ZoneDatabase, curated: ZoneDatabase) -> None:
        self._scope, self._table, self._steps, self._cleaned, self._curated = scope, table, steps, cleaned, curated

    def made(self, *, features: Sequence[str], fewest: int, then: sfn.IChainable) -> sfn.Chain:
        """Makes the table and goes on if a model can learn from it.

        A table whose key is not one does not become the new one; one that is only too small for a model does.
        """
        bad = self._steps.endings.bad
        learn = sfn.Choice.jsonata(self._scope, "Can it be learned from?")
        learn.when(sfn.Condition.jsonata("{% $fault = '' %}"), then).otherwise(bad)
        sound = sfn.Choice.jsonata(self._scope, "Has it a row per key?")
        sound.when(sfn.Condition.jsonata("{% $twice = 'true' %}"), bad).otherwise(self._published(then=learn))
        ask, read = self._examine(features=features, fewest=fewest)
        look, unname = self._own()
        return self._write().next(ask).next(read).next(look).next(unname).next(sound)

    def _write(self) -> sfn.CustomState:
        databases = {"cleaned": self._cleaned.name, "curated": self._curated.name}
        names = {source: f'"{databases[zone]}".{name}' for source in self._table.sources for zone, name in [source.split(".")]}
        sql = self._table.query(names)
        made = questions.create(sql, table=self._table.name, curated=self._curated.name, to=self._curated.place.url)
        return self._steps.write("Features", sql=made)

    def _examine(self, *, features: Sequence[str], fewest: int) -> tuple[sfn.CustomState, sfn.CustomState]:
        """Asks whether the rows can be learned from: `$fault` says why not, and is empty if they can."""
        table = self._table
        sql = questions.examine(source=table.name, key=table.key, features=features, fewest=fewest, curated=self._curated.name)
        read = self._steps.read(
            "Read the examination",
            of="Examine",
            assign={
                "fault": "{row}[0].VarCharValue",
                "reason": "'Nothing was trained: ' & {row}[0].VarCharValue",
                "twice": "{row}[1].VarCharValue",
            },
        )
        return self._steps.ask("Examine", sql=sql), read

    def _own(self) -> tuple[sfn.CustomState, sfn.CustomState]:
        """Reads the entry of the run's own table, `$made`, and takes it out of the catalog. Its files stay."""
        name = {"Name": questions.made(self._table.name)}
        look = self._catalog("Look at the features", "getTable", name, assign={"made": "{% $states.result.Table %}"})
        return look, self._catalog("Take their own name away", "deleteTable", name)

    def _published(self, *, then: sfn.IChainable) -> sfn.Chain:
        """Points the table at the run's files, or makes it."""
        name = self._table.name
        known = f"{{% $exists($states.result.TableList[Name = '{name}']) %}}"
        look = self._catalog("Look for older features", "getTables", {"Expression": name}, assign={"known": known})
        entry = {
            "Name": name,
            "Description": self._table.description,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": "{% $made.Parameters %}",
            "StorageDescriptor": "{% $made.StorageDescriptor %}",
        }
        first = self._catalog("Publish the first features", "createTable", {"TableInput": entry})
        publish = self._catalog("Publish the features", "updateTable", {"TableInput": entry, "SkipArchive": True})
        choice = sfn.Choice.jsonata(self._scope, "Are there older ones?").when(sfn.Condition.jsonata("{% $known %}"), publish)
        first.next(then)
        publish.next(then)
        return look.next(choice.otherwise(first))

    def _catalog(self, name: str, operation: str, given: Mapping[str, Any], *, assign: Mapping[str, str] | None = None) -> sfn.CustomState:
        asked = {"DatabaseName": self._curated.name, **given}
        step = call(self._scope, name, f"aws-sdk:glue:{operation}", arguments=asked, TimeoutSeconds=60 * CATALOG_MINUTES, Assign=assign)
        retry(step, GLUE_TRANSIENT)
        self._steps.endings.explain(step, step=name)
        return step
