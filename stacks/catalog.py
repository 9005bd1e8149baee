"""Stage catalog: a database per zone. Jobs make the tables."""

from constructs import Construct

from stacks.parts.place import Place
from stacks.parts.zone_database import ZoneDatabase
from stacks.settings import Settings
from stacks.stage import Stage
from stacks.storage import Storage

WAREHOUSE = "warehouse/"


class Catalog(Stage):
    """Databases `lakemill_<env>_<zone>` for raw, cleaned, curated and quarantine."""

    def __init__(self, scope: Construct, *, settings: Settings, storage: Storage) -> None:
        super().__init__(scope, settings=settings, stage="catalog", description="Lakemill: what data is called")

        def database(zone: str, *, place: Place) -> ZoneDatabase:
            name = f"lakemill_{settings.env}_{zone}"
            return ZoneDatabase(self, zone.capitalize(), name=name, place=place, erasable=settings.erasable)

        self.raw = database("raw", place=Place(storage.raw))
        self.cleaned = database("cleaned", place=Place(storage.cleaned, WAREHOUSE))
        self.curated = database("curated", place=Place(storage.curated, WAREHOUSE))
        self.quarantine = database("quarantine", place=Place(storage.quarantine, WAREHOUSE))
        self.databases = {zone: getattr(self, zone).name for zone in ("raw", "cleaned", "curated", "quarantine")}
        self.tell({f"{zone.capitalize()}Database": name for zone, name in self.databases.items()})
        self.tell_kept(settings, kept=list(self.databases.values()))
