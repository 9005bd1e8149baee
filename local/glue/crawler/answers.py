"""What Glue's API says of crawlers and their crawls."""

import operator
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue

from local.glue.crawler import crawls

PAGE = 20
Data = dict[str, Any]
_FIELDS = {"CRAWL_ID": "CrawlId", "STATE": "State", "START_TIME": "StartTime", "END_TIME": "EndTime", "DPU_HOUR": "DPUHour"}
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
    "EQ": operator.eq,
    "NE": operator.ne,
}


def get(data: Data) -> Any:
    """GetCrawler."""
    found = glue._crawlers.get(data.get("Name", ""))
    return json_response({"Crawler": shown(found)}) if found else not_found(data.get("Name", ""))


def get_all(_data: Data) -> Any:
    """GetCrawlers, on one page."""
    return json_response({"Crawlers": [shown(each) for each in glue._crawlers.values()]})


def batch_get(data: Data) -> Any:
    """BatchGetCrawlers."""
    wanted = data.get("CrawlerNames") or []
    found = [shown(glue._crawlers[name]) for name in wanted if name in glue._crawlers]
    return json_response({"Crawlers": found, "CrawlersNotFound": [name for name in wanted if name not in glue._crawlers]})


def names(data: Data) -> Any:
    """ListCrawlers, on one page; all, or those with the given tags."""
    tags = data.get("Tags") or {}
    found = [name for name in glue._crawlers if not tags or tags.items() <= glue._tags.get(glue._arn("crawler", name), {}).items()]
    return json_response({"CrawlerNames": sorted(found)})


def metrics(data: Data) -> Any:
    """GetCrawlerMetrics, of the named crawlers or of all."""
    wanted = data.get("CrawlerNameList") or list(glue._crawlers)
    found = [glue._crawlers[name] for name in wanted if name in glue._crawlers]
    return json_response({"CrawlerMetricsList": [crawls.metrics(each) for each in found]})


def crawls_of(data: Data) -> Any:
    """ListCrawls: newest first, filtered, by pages."""
    name = data.get("CrawlerName", "")
    if name not in glue._crawlers:
        return not_found(name)
    entries = [each for each in crawls.history.get(name, []) if all(_passes(each, one) for one in data.get("Filters") or ())]
    token = str(data.get("NextToken") or 0)
    if not token.isdigit():
        return error_response_json("InvalidInputException", "The NextToken is not valid.", 400)
    at, size = int(token), int(data.get("MaxResults") or PAGE)
    more = {"NextToken": str(at + size)} if at + size < len(entries) else {}
    return json_response({"Crawls": entries[at : at + size], **more})


def not_found(name: str) -> Any:
    """The answer about a crawler that is not there."""
    return error_response_json("EntityNotFoundException", f"Crawler entry with name {name} does not exist", 400)


def shown(crawler: Data) -> Data:
    """A crawler as GetCrawler shows it: without what it has not, and with the time its crawl has taken."""
    going = crawler["State"] != crawls.READY and crawls.history.get(crawler["Name"])
    elapsed = int(1000 * (time.time() - crawls.history[crawler["Name"]][0]["StartTime"])) if going else 0
    empty = {name for name in ("CrawlerSecurityConfiguration", "Configuration", "Schedule", "LastCrawl") if not crawler.get(name)}
    return {name: value for name, value in crawler.items() if name not in empty} | {"CrawlElapsedTime": elapsed}


def _passes(entry: Data, given: Data) -> bool:
    value = entry.get(_FIELDS[given["FieldName"]])
    wanted = given["FieldValue"] if isinstance(value, str) else float(given["FieldValue"])
    if given["FieldName"] in ("START_TIME", "END_TIME") and isinstance(wanted, float):
        wanted /= 1000  # filters give milliseconds
    return value is not None and _OPERATORS[given["FilterOperator"]](value, wanted)
