"""One crawl, from the objects to the catalog, as the crawler's role."""

import json
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local import identity
from local.glue.crawler import delimited, documents, objects, parquet
from local.glue.crawler.catalog import Catalog, Policy
from local.glue.crawler.configuration import Configuration
from local.glue.crawler.delimited import Dialect
from local.glue.crawler.describe import Signature, described
from local.glue.crawler.folders import Found, folders, groups
from local.glue.crawler.journal import Journal
from local.glue.crawler.objects import Beginning, Object, Target
from local.glue.crawler.shapes import Shape

SERVICE = "glue.amazonaws.com"
SESSION_NAME = "AWS-Crawler"
READERS = 4
Crawler = dict[str, Any]


class StoppedError(Exception):
    """Somebody has stopped the crawl."""


class Crawl:
    """A crawl under way."""

    def __init__(self, crawler: Crawler, *, journal: Journal, session: dict[str, str]) -> None:
        self._crawler, self._journal = crawler, journal
        self._configuration = Configuration.read(crawler.get("Configuration", ""))
        self._s3, self._glue = identity.client("s3", session), identity.client("glue", session)
        self._signature = Signature(
            crawler=crawler["Name"], prefix=crawler.get("TablePrefix") or "", inherit=self._configuration.inherit_from_table
        )

    def run(self, dialects: Sequence[Dialect], stop: threading.Event) -> dict[str, dict[str, int]]:
        """Look at everything and write what was found; how much was added, updated and deleted. Raises StoppedError, ClientError."""
        catalog = self._catalog()
        self._journal.milestone(f"Running Start Crawl for Crawler {self._crawler['Name']}")
        catalog.check()
        known = catalog.places(self._crawler["Name"]) if self._new_folders_only else set()
        made = []
        for target in self._targets():
            found = self._found(target, dialects, stop=stop, known=known)
            together = groups(found, combine=self._configuration.combine)
            made += [described(group, target=target, signature=self._signature) for group in together]
        self._journal.milestone(f"Classification complete, writing results to database {self._crawler['DatabaseName']}")
        self._journal.note(self._settings())
        for each in made:
            catalog.write(each)
        if not self._new_folders_only:
            catalog.retire(self._targets(), crawler=self._crawler["Name"])
        self._journal.milestone("Finished writing to Catalog")
        return self._summary(catalog)

    @property
    def _new_folders_only(self) -> bool:
        return (self._crawler.get("RecrawlPolicy") or {}).get("RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY"

    def _catalog(self) -> Catalog:
        said = self._crawler["SchemaChangePolicy"]
        policy = Policy(
            update=said["UpdateBehavior"] == "UPDATE_IN_DATABASE",
            delete=said["DeleteBehavior"],
            merge=self._configuration.merge_new_columns,
            partial=self._new_folders_only,
        )
        return Catalog(self._glue, database=self._crawler["DatabaseName"], policy=policy, journal=self._journal)

    def _targets(self) -> list[Target]:
        return [target(each) for each in self._crawler["Targets"]["S3Targets"]]

    def _found(self, place: Target, dialects: Sequence[Dialect], *, stop: threading.Event, known: set[str]) -> list[Found]:
        """The objects of a target with what they hold; without those in folders that the catalog knows."""

        def look(one: Object) -> Found:
            if stop.is_set():
                raise StoppedError
            return Found(one, shape(objects.beginning(self._s3, place.bucket, one), dialects))

        listed = [each for each in objects.listed(self._s3, place) if _folder(place, each) not in known]
        size = next((t.get("SampleSize") or 0 for t in self._crawler["Targets"]["S3Targets"] if target(t) == place), 0)
        with ThreadPoolExecutor(READERS) as pool:
            return list(pool.map(look, objects.sampled(listed, size)))

    def _settings(self) -> str:
        policy = json.dumps(self._crawler["SchemaChangePolicy"], separators=(",", ":"))
        given = self._crawler.get("Configuration")
        if not given:
            return f"Crawler configured with SchemaChangePolicy {policy}."
        note = "Note that values in the Configuration override values in the SchemaChangePolicy for S3 Targets."
        return f"Crawler configured with Configuration {given} and SchemaChangePolicy {policy}. {note}"

    def _summary(self, catalog: Catalog) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (what, how), times in catalog.done.items():
            found.setdefault(what, {})[how] = times
        for what, counts in sorted(found.items()):
            self._journal.note(f"Run Summary For {what}:")
            for how, times in counts.items():
                self._journal.note(f"{how}: {times}")
        return found


def target(given: dict[str, Any]) -> Target:
    """An S3 target: bucket, and the folder with its slash."""
    bucket, _, prefix = str(given["Path"]).removeprefix("s3://").partition("/")
    return Target(bucket, prefix.rstrip("/") + "/" if prefix.strip("/") else "", tuple(given.get("Exclusions") or ()))


def shape(beginning: Beginning, dialects: Iterable[Dialect]) -> Shape:
    """What an object holds: custom classifiers first, in their order, then AWS's own.

    What is JSON from its first record on is no CSV, whatever commas stand in it; how sure AWS is of such a file, it does not say.
    """
    if beginning.parquet:
        return parquet.shape(beginning) or Shape()
    found = documents.shape(beginning)
    for dialect in (*dialects, Dialect()):
        found = found or delimited.shape(beginning, dialect)
    return found or Shape(compression=beginning.compression)


def _folder(place: Target, each: Object) -> str:
    return f"s3://{place.bucket}/{place.prefix}" + "".join(f"{name}/" for name in folders(each))
