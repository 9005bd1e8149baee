"""What AWS refuses of a crawler's definition, and what the home cannot do.

Both are refused when the crawler is made or changed, by CloudFormation too, so that nobody learns of it from a crawl.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.glue.crawler import configuration

INCREMENTAL = "CRAWL_NEW_FOLDERS_ONLY"
UPDATES = ("LOG", "UPDATE_IN_DATABASE")
DELETES = ("LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE")
_PATH = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?")
_TARGETS = frozenset({"S3Targets"})
_TARGET = frozenset({"Path", "Exclusions", "SampleSize"})
Data = dict[str, Any]


def problem(crawler: Data, *, classifiers: Mapping[str, Any]) -> str:
    """Why a crawler with all its properties is refused; empty if it is not."""
    return next((found for found in _problems(crawler, classifiers) if found), "")


def _problems(crawler: Data, classifiers: Mapping[str, Any]) -> Iterator[str]:
    yield from _targets(crawler.get("Targets") or {})
    yield _policies(crawler["SchemaChangePolicy"], crawler["RecrawlPolicy"])
    yield configuration.problem(crawler.get("Configuration") or "")
    for name in crawler.get("Classifiers") or ():
        yield "" if name in classifiers else f"Classifier {name} does not exist."
    if (crawler.get("LineageConfiguration") or {}).get("CrawlerLineageSettings") == "ENABLE":
        yield "the local home has no data lineage (LineageConfiguration)"
    if (crawler.get("LakeFormationConfiguration") or {}).get("UseLakeFormationCredentials"):
        yield "the local home has no Lake Formation (LakeFormationConfiguration)"
    if not crawler.get("DatabaseName"):
        yield "the local home does not make a database default: name one (DatabaseName)"


def _targets(targets: Data) -> Iterator[str]:
    given = {name: value for name, value in targets.items() if value}
    if not given:
        yield "At least one crawl-target should be present."
    for name in given.keys() - _TARGETS:
        yield f"the local home crawls S3 only, not {name}"
    for each in given.get("S3Targets") or ():
        for name in sorted(key for key, value in each.items() if value and key not in _TARGET):
            yield f"the local home does not do {name} of an S3 target"
        if not _PATH.fullmatch(str(each.get("Path", ""))):
            yield f"Path {each.get('Path')!r} is not a valid Amazon S3 path."
        if each.get("SampleSize") and not 1 <= int(each["SampleSize"]) <= 249:
            yield f"SampleSize {each['SampleSize']} must be between 1 and 249."


def _policies(policy: Data, recrawl: Data) -> str:
    update, delete, behavior = policy.get("UpdateBehavior"), policy.get("DeleteBehavior"), recrawl.get("RecrawlBehavior")
    if update not in UPDATES or delete not in DELETES:
        return f"SchemaChangePolicy {update}, {delete}: allowed is one of {', '.join(UPDATES)}, and one of {', '.join(DELETES)}"
    if behavior == "CRAWL_EVENT_MODE":
        return "the local home does not crawl by events (CRAWL_EVENT_MODE)"
    if behavior not in ("CRAWL_EVERYTHING", INCREMENTAL):
        return f"RecrawlBehavior {behavior}: allowed is one of CRAWL_EVERYTHING, {INCREMENTAL}, CRAWL_EVENT_MODE"
    if behavior == INCREMENTAL and (update, delete) != ("LOG", "LOG"):
        allowed = "can have only LOG DeleteBehavior value and LOG UpdateBehavior value."
        return f'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target {allowed}'
    return ""
