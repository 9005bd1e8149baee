"""Crawls of crawlers: starting, stopping, their history, and what is left of them when a home was killed."""

import json
import logging
import statistics
import threading
import time
import uuid
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import glue

from local import checkpoint, identity
from local.glue.crawler import classifiers
from local.glue.crawler.crawl import SERVICE, SESSION_NAME, Crawl, Crawler, StoppedError
from local.glue.crawler.journal import Journal, group

KEPT = 1000
LONGEST = 2048
READY, RUNNING, STOPPING = "READY", "RUNNING", "STOPPING"
Entry = dict[str, Any]
log = logging.getLogger("home.glue")

history = AccountRegionScopedDict()
_stops: dict[str, threading.Event] = {}
_starting = threading.Lock()


def plug_in() -> None:
    """Let the emulator keep the history with its own state."""
    glue._ALL_STATE["crawls"] = history


def start(crawler: Crawler) -> bool:
    """Begin a crawl in the background; False if one goes on."""
    with _starting:
        if crawler["State"] != READY:
            return False
        crawler["State"] = RUNNING
        entry: Entry = {"CrawlId": str(uuid.uuid4()), "State": "RUNNING", "StartTime": time.time(), **_place(crawler)}
        entry["MessagePrefix"] = entry["CrawlId"]
        history[crawler["Name"]] = [entry, *history.get(crawler["Name"], [])][:KEPT]
        stop = _stops[entry["CrawlId"]] = threading.Event()
    identity.in_background(lambda: _carry_out(crawler, entry, stop), name=f"crawl-{entry['CrawlId'][:8]}")
    return True


def stop(crawler: Crawler) -> None:
    """Ask a running crawl to end; what it has read is lost, what it has written stays."""
    crawler["State"] = STOPPING
    _stops[history[crawler["Name"]][0]["CrawlId"]].set()


def metrics(crawler: Crawler) -> dict[str, Any]:
    """What GetCrawlerMetrics says of a crawler."""
    ended = [each for each in history.get(crawler["Name"], []) if "EndTime" in each]
    seconds = [each["EndTime"] - each["StartTime"] for each in ended]
    tables = json.loads(ended[0].get("Summary") or "{}").get("TABLE", {}) if ended else {}
    return {
        "CrawlerName": crawler["Name"],
        "TimeLeftSeconds": 0.0,
        "StillEstimating": crawler["State"] == RUNNING and not seconds,
        "LastRuntimeSeconds": seconds[0] if seconds else 0.0,
        "MedianRuntimeSeconds": statistics.median(seconds) if seconds else 0.0,
        "TablesCreated": tables.get("ADD", 0),
        "TablesUpdated": tables.get("UPDATE", 0),
        "TablesDeleted": tables.get("DELETE", 0),
    }


def close() -> None:
    """End the crawls that the home's end has cut off."""
    for place, crawler in glue._crawlers._data.items():
        crawler["State"] = READY
        for entry in history._data.get(place, []):
            if entry["State"] == "RUNNING":
                entry.update(State="FAILED", EndTime=entry["StartTime"], ErrorMessage="The local home ended while the crawler ran")
                crawler["LastCrawl"] = _last(entry)


def _carry_out(crawler: Crawler, entry: Entry, stop: threading.Event) -> None:
    """Never raises: what goes wrong is the crawl's error."""
    try:
        summary = _crawl(crawler, entry, stop)
    except StoppedError:
        _end(crawler, entry, state="STOPPED", message="")
    except (ClientError, BotoCoreError, PermissionError, ValueError) as error:
        log.info("crawl of %s failed: %s", crawler["Name"], error)
        _end(crawler, entry, state="FAILED", message=str(error))
    except Exception as error:
        log.exception("crawl of %s", crawler["Name"])
        _end(crawler, entry, state="FAILED", message=f"the local home failed: {error}")
    else:
        entry["Summary"] = json.dumps(summary)
        _end(crawler, entry, state="COMPLETED", message="")


def _crawl(crawler: Crawler, entry: Entry, stop: threading.Event) -> dict[str, dict[str, int]]:
    role = role_arn(crawler["Role"])
    session = identity.role_session(role, SESSION_NAME, service=SERVICE)
    journal = Journal(session, group=entry["LogGroup"], stream=entry["LogStream"], crawl=entry["CrawlId"])
    try:
        found = Crawl(crawler, journal=journal, session=session).run(classifiers.dialects(crawler.get("Classifiers") or ()), stop)
    except (ClientError, ValueError) as error:
        journal.note(str(error), level="ERROR")
        raise
    journal.milestone("Crawler has finished running and is in state READY")
    return found


def _end(crawler: Crawler, entry: Entry, *, state: str, message: str) -> None:
    entry.update(State=state, EndTime=time.time(), DPUHour=0.0, **({"ErrorMessage": message[:LONGEST]} if message else {}))
    crawler["LastCrawl"] = _last(entry)
    crawler["State"] = READY
    _stops.pop(entry["CrawlId"], None)
    checkpoint.soon("glue")


def _last(entry: Entry) -> Entry:
    """A crawl that has ended as GetCrawler shows it."""
    status = {"COMPLETED": "SUCCEEDED", "STOPPED": "CANCELLED", "FAILED": "FAILED"}[entry["State"]]
    kept = ("LogGroup", "LogStream", "MessagePrefix", "StartTime", "ErrorMessage")
    return {"Status": status, **{name: entry[name] for name in kept if name in entry}}


def role_arn(role: str) -> str:
    """The ARN of a crawler's role, which its definition names with its path."""
    from ministack.core.responses import get_account_id

    return role if role.startswith("arn:") else f"arn:aws:iam::{get_account_id()}:role/{role}"


def _place(crawler: Crawler) -> dict[str, str]:
    return {"LogGroup": group(crawler["Role"], crawler.get("CrawlerSecurityConfiguration") or ""), "LogStream": crawler["Name"]}
