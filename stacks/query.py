"""Stage query: where people ask."""

from pathlib import Path

from constructs import Construct

from stacks.catalog import Catalog
from stacks.parts.place import Place
from stacks.parts.questions import Questions
from stacks.parts.workgroup import Workgroup, WorkgroupRules
from stacks.settings import Settings
from stacks.stage import Stage
from stacks.storage import Storage

QUESTIONS = Path(__file__).parents[1] / "sql" / "athena"


class Query(Stage):
    """The workgroup `lakemill-<env>` and the questions of `sql/athena` in it."""

    def __init__(self, scope: Construct, *, settings: Settings, storage: Storage, catalog: Catalog) -> None:
        super().__init__(scope, settings=settings, stage="query", description="Lakemill: where people ask")
        rules = WorkgroupRules(name=f"lakemill-{settings.env}", scan_limit=settings.scan_limit_mb * 1_000_000, erasable=settings.erasable)
        self.workgroup = Workgroup(self, "Queries", rules=rules, results=Place(storage.results, "athena/"), key=storage.key)
        Questions(self, "Questions", folder=QUESTIONS, workgroup=self.workgroup.name, databases=catalog.databases)
        self.tell({"Workgroup": self.workgroup.name})
        self.tell_kept(settings, kept=[self.workgroup.name])
