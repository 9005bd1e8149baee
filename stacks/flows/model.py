"""The flow of a model: export, make the features, look at them, train, compare with what is live, register, apply, keep, serve, tell."""

from dataclasses import dataclass

from constructs import Construct

from stacks.flows.features import Features
from stacks.flows.learning import Learning, ModelPlan
from stacks.flows.model_role import model_role
from stacks.flows.serving import Serving
from stacks.flows.steps import FlowTools, Steps
from stacks.parts.spark_job import SparkJob
from stacks.parts.zone_database import ZoneDatabase

AGAIN = "{% $exists($states.context.Execution.Input.again) and $states.context.Execution.Input.again = true ? 'true' : 'false' %}"


@dataclass(frozen=True, kw_only=True)
class ModelJobs:
    """The jobs around a model, and the database that its features and its answers belong to."""

    export: SparkJob
    curate: SparkJob
    keep: SparkJob
    curated: ZoneDatabase


class ModelFlow(Construct):
    """A state machine from a table in Keyspaces to a mapping in Keyspaces and SQL."""

    def __init__(self, scope: Construct, construct_id: str, *, plan: ModelPlan, jobs: ModelJobs, tools: FlowTools) -> None:
        super().__init__(scope, construct_id)
        self.name = plan.name
        steps = Steps(self, flow=plan.name, tools=tools)
        learning = Learning(self, plan=plan, steps=steps, curated=jobs.curated.name)
        export = steps.run_job("Export", job=jobs.export, arguments={"--dataset": plan.dataset, "--again": AGAIN})
        keep = steps.run_job("Keep", job=jobs.keep, arguments=learning.kept)
        summary = steps.ask("Summarise", sql=learning.summary)
        told = steps.read("Read the summary", of="Summarise", assign={"sentence": "{row}[0].VarCharValue"})
        features = Features(self, table=plan.table, steps=steps, cleaned=tools.cleaned, curated=jobs.curated)
        made = features.made(features=plan.features, fewest=plan.fewest, then=learning.trained())
        curate = steps.run_job("Curate", job=jobs.curate, arguments={"--datasets": plan.dataset}) if plan.curates else None
        (export.next(curate) if curate else export).next(made)
        spark = [jobs.export, jobs.keep, *([jobs.curate] if curate else [])]
        learning.promoted(then=learning.applied(then=keep))
        summary.next(told).next(steps.endings.good)
        endpoint = Serving(self, plan=plan, endpoint=plan.endpoint, steps=steps) if plan.endpoint else None
        keep.next(endpoint.served(made=learning.job, then=summary) if endpoint else summary)
        self.role = model_role(self, plan=plan, jobs=spark, curated=jobs.curated, tools=tools)
        comment = f"{plan.dataset} from Keyspaces to {plan.mapping}"
        self.machine = steps.machine(export, comment=comment, role=self.role, jobs=len(spark) + 2)
