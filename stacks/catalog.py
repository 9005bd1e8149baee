"""Stage catalog: a database per zone, and a crawler per dataset. Jobs make the tables, crawlers those of raw."""

from constructs import Construct

from lakemill.datasets import of_files
from lakemill.declare import Dataset
from stacks.parts.crawler import Crawler, CrawlRuntime, CrawlTask, crawler_name
from stacks.parts.job_security import JobSecurity
from stacks.parts.lake_permissions import LakePermissions
from stacks.parts.place import Place
from stacks.parts.title import title
from stacks.parts.zone_database import ZoneDatabase, database_name
from stacks.settings import Settings
from stacks.stage import Stage
from stacks.storage import Storage

WAREHOUSE = "warehouse/"


class Catalog(Stage):
    """Databases `lakemill_<env>_<zone>` for raw, cleaned, curated and quarantine; crawlers into raw."""

    def __init__(self, scope: Construct, *, settings: Settings, storage: Storage) -> None:
        super().__init__(scope, settings=settings, stage="catalog", description="Lakemill: what data is called")

        def database(zone: str, *, place: Place) -> ZoneDatabase:
            return ZoneDatabase(
                self, zone.capitalize(), name=database_name(settings.env, zone=zone), place=place, erasable=settings.erasable
            )

        self.raw = database("raw", place=Place(storage.raw))
        self.cleaned = database("cleaned", place=Place(storage.cleaned, WAREHOUSE))
        self.curated = database("curated", place=Place(storage.curated, WAREHOUSE))
        self.quarantine = database("quarantine", place=Place(storage.quarantine, WAREHOUSE))
        self.databases = {zone: getattr(self, zone).name for zone in ("raw", "cleaned", "curated", "quarantine")}
        self.tell({f"{zone.capitalize()}Database": name for zone, name in self.databases.items()})
        self.tell_kept(settings, kept=list(self.databases.values()))
        self._crawl(settings, storage=storage)

    def _crawl(self, settings: Settings, *, storage: Storage) -> None:
        """A crawler per dataset. No flow waits for one: they say what the files hold, whatever was declared."""
        runtime = CrawlRuntime(
            database=self.raw,
            security=JobSecurity(
                self, "CrawlSecurity", name=f"lakemill-{settings.env}-crawlers", key=storage.key
            ).configuration.security_configuration_name,
            key=storage.key,
            log_days=settings.log_days,
            schedule=settings.crawl_schedule,
        )
        for name, dataset in of_files().items():
            own = crawler_name(settings.env, dataset=name)
            task = CrawlTask(name=own, place=Place(storage.raw, f"{name}/"), narrow=_narrow(dataset))
            crawler = Crawler(self, f"{title(name)}Crawler", task=task, runtime=runtime)
            self.tell({f"Crawler{title(name)}": crawler.name})
            if settings.lake_formation == "grant":
                LakePermissions(self, f"{title(name)}Lake", role=crawler.role, writes=[self.raw])


def _narrow(dataset: Dataset) -> bool:
    """Whether files may have a single column, which Glue takes for CSV only if it is told so."""
    return sum(column.required for column in dataset.columns) < 2
