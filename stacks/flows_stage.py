"""Stage flows: a state machine for every flow that datasets name."""

from constructs import Construct

from lakemill import datasets
from stacks.flows.arrival import Arrival, Watch, dead_letters_name
from stacks.flows.files import FilesFlow, FlowTools
from stacks.parts.clock import Clock
from stacks.parts.crawler import crawler_name
from stacks.parts.lake_permissions import LakePermissions
from stacks.parts.notices import Notices
from stacks.parts.zone_database import database_name
from stacks.process import Process
from stacks.query import Query
from stacks.settings import Settings
from stacks.stage import Stage
from stacks.storage import Storage


class Flows(Stage):
    """What a user runs, by hand, by the clock or by files that arrive, and the topic that tells how it went."""

    def __init__(self, scope: Construct, *, settings: Settings, storage: Storage, process: Process, query: Query) -> None:
        super().__init__(scope, settings=settings, stage="flows", description="Lakemill: what a user runs")
        self.notices = Notices(self, "Notices", key=storage.key, email=settings.notice_email)
        tools = FlowTools(
            clean=process.clean,
            curate=process.curate,
            job_minutes=settings.job_minutes,
            workgroup=query.workgroup,
            cleaned=process.cleaned,
            notices=self.notices,
            key=storage.key,
            log_days=settings.log_days,
            max_quarantine_percent=settings.max_quarantine_percent,
        )
        self.tell({"NoticeTopic": self.notices.topic.topic_arn})
        for name, members in datasets.by_flow().items():
            self._flow(name, members=[each.name for each in members], settings=settings, storage=storage, tools=tools)

    def _flow(self, name: str, *, members: list[str], settings: Settings, storage: Storage, tools: FlowTools) -> None:
        title = "".join(word.capitalize() for word in name.split("_"))
        flow = FilesFlow(self, title, flow=name, datasets=members, tools=tools)
        if settings.schedule:
            Clock(self, f"{title}Clock", cron=settings.schedule, machine=flow.machine)
        if settings.arrival_seconds:
            watch = Watch(
                bucket=storage.raw,
                prefixes=[f"{each}/" for each in members],
                seconds=settings.arrival_seconds,
                run_seconds=4 * 60 * settings.job_minutes,
                dead_letters=dead_letters_name(self, flow=name),
                database=database_name(settings.env, zone="raw"),
                crawlers={each: crawler_name(settings.env, dataset=each) for each in members},
            )
            Arrival(self, f"{title}Arrival", watch=watch, machine=flow.machine, key=storage.key, log_days=settings.log_days)
        if settings.lake_formation == "grant":
            LakePermissions(self, f"{title}Lake", role=flow.role, reads=[tools.cleaned])
        self.tell({f"Flow{title}": flow.machine.state_machine_arn})
