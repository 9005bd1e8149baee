"""The flow of maintenance: look after every Iceberg table, read what was done, tell."""

from constructs import Construct

from stacks.flows.steps import FlowTools, Steps
from stacks.parts.spark_job import SparkJob

FLOW = "maintenance"
DONE = """
select cast(count(*) as varchar) || ' tables: '
       || cast(coalesce(sum(files_before), 0) as varchar) || ' -> ' || cast(coalesce(sum(files_after), 0) as varchar) || ' files, '
       || cast(coalesce(sum(bytes_before), 0) as varchar) || ' -> ' || cast(coalesce(sum(bytes_after), 0) as varchar) || ' bytes, '
       || cast(coalesce(sum(snapshots_removed), 0) as varchar) || ' snapshots and '
       || cast(coalesce(sum(orphans_removed), 0) as varchar) || ' orphan files removed' as sentence
from "{cleaned}"."maintenance" where run_id = ?"""


class MaintenanceFlow(Construct):
    """A state machine `Maintain -> Count -> Notify` over all Iceberg tables of the platform."""

    def __init__(self, scope: Construct, construct_id: str, *, job: SparkJob, tools: FlowTools) -> None:
        super().__init__(scope, construct_id)
        steps = Steps(self, flow=FLOW, tools=tools)
        maintain = steps.run_job("Maintain", job=job, arguments={})
        count = steps.ask("Count", sql=DONE.format(cleaned=tools.cleaned.name))
        told = steps.read("Read the counts", of="Count", assign={"sentence": "{row}[0].VarCharValue"})
        maintain.next(count).next(told).next(steps.endings.good)
        self.role = steps.role(jobs=[job])
        self.machine = steps.machine(maintain, comment="Iceberg tables are kept quick and small", role=self.role, jobs=1)
