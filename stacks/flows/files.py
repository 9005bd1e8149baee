"""The flow of files: clean what arrived, curate what changed, check that nothing is lost, tell."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.flows.balance import balance_query
from stacks.flows.steps import FlowTools, Steps
from stacks.parts.spark_job import SparkJob

INPUT = "$states.context.Execution.Input"
# What an execution's input may ask of the cleaning job; absent means all new files and no retry.
ASKED = {
    **{f"--{name}": f"{{% $exists({INPUT}.{name}) ? $string({INPUT}.{name}) : 'none' %}}" for name in ("since", "until")},
    "--retry": f"{{% $exists({INPUT}.retry) and {INPUT}.retry = true ? 'true' : 'false' %}}",
}
VERDICT = {
    "believed": "{row}[0].VarCharValue = 'true'",
    "sentence": "{row}[1].VarCharValue",
    "reason": "'Check failed: ' & {row}[2].VarCharValue",
}


@dataclass(frozen=True, kw_only=True)
class FileJobs:
    """The jobs of a flow of files. A run fails if more than `max_quarantine_percent` of its rows are refused."""

    clean: SparkJob
    curate: SparkJob
    max_quarantine_percent: int


class FilesFlow(Construct):
    """A state machine `Clean -> Curate -> Check -> Notify` over the datasets of one flow."""

    def __init__(
        self, scope: Construct, construct_id: str, *, flow: str, datasets: Sequence[str], jobs: FileJobs, tools: FlowTools
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = flow
        steps = Steps(self, flow=flow, tools=tools)
        named = {"--datasets": ",".join(datasets)}
        clean = steps.run_job("Clean", job=jobs.clean, arguments={**named, **ASKED})
        curate = steps.run_job("Curate", job=jobs.curate, arguments=named)
        sql = balance_query(datasets=datasets, cleaned=tools.cleaned.name, max_percent=jobs.max_quarantine_percent)
        check, verdict = steps.ask("Check", sql=sql), steps.read("Read the check", of="Check", assign=VERDICT)
        clean.next(curate).next(check).next(verdict).next(_decide(self, steps=steps))
        self.role = steps.role(jobs=[jobs.clean, jobs.curate])
        comment = f"{', '.join(datasets)} from raw files to curated tables"
        self.machine = steps.machine(clean, comment=comment, role=self.role, jobs=2)


def _decide(scope: Construct, *, steps: Steps) -> sfn.Choice:
    choice = sfn.Choice.jsonata(scope, "Do rows add up?")
    return choice.when(sfn.Condition.jsonata("{% $believed %}"), steps.endings.good).otherwise(steps.endings.bad)
