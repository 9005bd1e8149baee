"""Stage observe: what tells people that something is wrong, and where they look."""

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from lakemill import datasets
from stacks.flows.maintenance import FLOW as MAINTENANCE
from stacks.flows.names import dead_letters_name, machine_name
from stacks.flows_stage import Flows
from stacks.parts.alarm import MAXIMUM, SUM
from stacks.parts.alarm_flow import RUNS, FlowAlarms, runs
from stacks.parts.alarm_jobs import JobAlarm
from stacks.parts.alarm_letters import DeadLetterAlarm, waiting
from stacks.parts.alarm_quarantine import QuarantineAlarm, of_load
from stacks.parts.budget import MonthlyBudget
from stacks.parts.here import arn
from stacks.parts.overview import Overview
from stacks.parts.title import title
from stacks.process import Process
from stacks.settings import Settings
from stacks.stage import Stage

if TYPE_CHECKING:
    from stacks.train import Train


class Observe(Stage):
    """Alarms on flows, arrivals, refused rows, jobs and (where asked for) costs, all told to the notices topic, and the dashboard.

    State machines and queues are known by their names: an export per flow could not go away with its flow while this stage imports it.
    """

    def __init__(self, scope: Construct, *, settings: Settings, process: Process, flows: Flows, train: "Train | None" = None) -> None:
        super().__init__(scope, settings=settings, stage="observe", description="Lakemill: what tells that something is wrong")
        notice = actions.SnsAction(flows.notices.topic)
        self._machines = {name: arn("states", resource=f"stateMachine:{machine_name(flows, flow=name)}") for name in flows.names}
        for name, machine in self._machines.items():
            late = settings.late_hours if _expected(name, settings=settings) else 0
            FlowAlarms(self, title(name), notice=notice, flow=name, machine=machine, late_hours=late)
        self._letters = {name: dead_letters_name(flows, flow=name) for name in datasets.by_flow() if settings.arrival_seconds}
        for name, queue in self._letters.items():
            DeadLetterAlarm(self, f"{title(name)}DeadLetters", notice=notice, flow=name, queue=queue)
        percent = settings.max_quarantine_percent
        for name in datasets.of_files():
            QuarantineAlarm(self, f"{title(name)}Quarantine", notice=notice, env=settings.env, dataset=name, percent=percent)
        jobs = [process.clean, process.curate, process.maintain, *([train.export, train.keep] if train else [])]
        JobAlarm(self, "Jobs", notice=notice, jobs=[each.job.job_name for each in jobs], logs=process.log_prefix)
        if settings.monthly_budget_usd:
            name, limit = f"lakemill-{settings.env}", settings.monthly_budget_usd
            MonthlyBudget(self, "Budget", name=name, usd=limit, topic=flows.notices.topic, email=settings.notice_email)
        Overview(self, "Overview", name=f"lakemill-{settings.env}", graphs=self._graphs(settings.env))

    def _graphs(self, env: str) -> dict[str, list[cloudwatch.Metric]]:
        # Labels stand on the metrics of graphs only: an alarm on a labelled metric becomes metric math.
        hour = cdk.Duration.hours(1)
        letters = [waiting(queue, label=name) for name, queue in self._letters.items()]
        return {
            **{
                f"Runs of {flow}": [runs(machine, end=end, period=hour, label=end) for end in RUNS]
                for flow, machine in self._machines.items()
            },
            **({"Arrivals that started nothing": letters} if letters else {}),
            "Rows in": _by_dataset("RowsIn", env=env, statistic=SUM),
            "Rows refused, percent": _by_dataset("QuarantinePercent", env=env, statistic=MAXIMUM),
        }


def _expected(flow: str, *, settings: Settings) -> bool:
    """Whether a flow can be late: people load files and wait for their flow; of the others only what a clock starts is expected."""
    return flow in datasets.by_flow() or (flow == MAINTENANCE and bool(settings.maintenance_schedule))


def _by_dataset(metric: str, *, env: str, statistic: str) -> list[cloudwatch.Metric]:
    return [of_load(metric, env=env, dataset=name, statistic=statistic, label=name) for name in datasets.of_files()]
