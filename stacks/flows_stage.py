"""Stage flows: a state machine for every flow that datasets name, and one that looks after all tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from constructs import Construct

from lakemill import datasets
from stacks.flows.files import FileJobs, FilesFlow
from stacks.flows.maintenance import FLOW as MAINTENANCE
from stacks.flows.maintenance import MaintenanceFlow
from stacks.flows.names import dead_letters_name
from stacks.flows.steps import FlowTools
from stacks.parts.clock import Clock
from stacks.parts.crawler import crawler_name
from stacks.parts.lake_permissions import LakePermissions
from stacks.parts.notices import Notices
from stacks.parts.title import title
from stacks.parts.zone_database import ZoneDatabase, database_name
from stacks.process import Process
from stacks.query import Query
from stacks.settings import Settings
from stacks.stage import Stage
from stacks.storage import Storage

if TYPE_CHECKING:
    from stacks.flows.model import ModelFlow
    from stacks.train import Train


class Flows(Stage):
    """What a user runs, by hand, by the clock or by files that arrive, and the topic that tells how it went."""

    def __init__(
        self, scope: Construct, *, settings: Settings, storage: Storage, process: Process, query: Query, train: "Train | None" = None
    ) -> None:
        super().__init__(scope, settings=settings, stage="flows", description="Lakemill: what a user runs")
        asked = settings.monthly_budget_usd > 0
        self.notices = Notices(self, "Notices", key=storage.key, email=settings.notice_email, budgets=asked)
        self._settings, self._storage = settings, storage
        self._tools = FlowTools(
            job_minutes=settings.job_minutes,
            workgroup=query.workgroup,
            cleaned=process.cleaned,
            notices=self.notices,
            key=storage.key,
            log_days=settings.log_days,
        )
        self.tell({"NoticeTopic": self.notices.topic.topic_arn})
        jobs = FileJobs(clean=process.clean, curate=process.curate, max_quarantine_percent=settings.max_quarantine_percent)
        for name, members in datasets.by_flow().items():
            self._files(name, members=[each.name for each in members], jobs=jobs)
        maintenance = MaintenanceFlow(self, "Maintenance", job=process.maintain, tools=self._tools)
        self._add("Maintenance", flow=maintenance, cron=settings.maintenance_schedule, reads=process.cleaned)
        learned = self._models(train, process=process) if train else ()
        self.names = (*datasets.by_flow(), MAINTENANCE, *learned)

    def _models(self, train: "Train", *, process: Process) -> tuple[str, ...]:
        from stacks.flows.model import ModelFlow, ModelJobs  # few environments have models
        from stacks.model_plan import plan_of

        jobs = ModelJobs(export=train.export, curate=process.curate, keep=train.keep, curated=train.curated)
        for name, home in train.homes.items():
            plan = plan_of(name, settings=self._settings, home=home)
            flow = ModelFlow(self, title(name), plan=plan, jobs=jobs, tools=self._tools)
            self._add(title(name), flow=flow, cron="", reads=self._tools.cleaned, writes=[train.curated])
        return tuple(train.homes)

    def _files(self, name: str, *, members: list[str], jobs: FileJobs) -> None:
        flow = FilesFlow(self, title(name), flow=name, datasets=members, jobs=jobs, tools=self._tools)
        if self._settings.arrival_seconds:
            self._watch(flow, members=members)
        self._add(title(name), flow=flow, cron=self._settings.schedule, reads=self._tools.cleaned)

    def _add(
        self,
        name: str,
        *,
        flow: "FilesFlow | MaintenanceFlow | ModelFlow",
        cron: str,
        reads: ZoneDatabase,
        writes: Sequence[ZoneDatabase] = (),
    ) -> None:
        if cron:
            Clock(self, f"{name}Clock", cron=cron, machine=flow.machine)
        if self._settings.lake_formation == "grant":
            LakePermissions(self, f"{name}Lake", role=flow.role, reads=[reads], writes=writes)
        self.tell({f"Flow{name}": flow.machine.state_machine_arn})

    def _watch(self, flow: FilesFlow, *, members: list[str]) -> None:
        from stacks.flows.arrival import Arrival, Watch  # the CDK's Lambda module takes longer to import than all else here together

        settings, storage = self._settings, self._storage
        watch = Watch(
            bucket=storage.raw,
            prefixes=[f"{each}/" for each in members],
            seconds=settings.arrival_seconds,
            run_seconds=4 * 60 * settings.job_minutes,
            dead_letters=dead_letters_name(self, flow=flow.name),
            database=database_name(settings.env, zone="raw"),
            crawlers={each: crawler_name(settings.env, dataset=each) for each in members},
        )
        Arrival(self, f"{flow.node.id}Arrival", watch=watch, machine=flow.machine, key=storage.key, log_days=settings.log_days)
