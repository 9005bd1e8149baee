"""Glue's API for crawlers. What the emulator does right (GetClassifier and the like) stays its own."""

import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue

from local import identity
from local.glue.crawler import answers, classifiers, crawls, rules, schedule
from local.glue.crawler.crawl import SERVICE
from local.seams import replace

Data = dict[str, Any]
DEFAULTS: Data = {
    "DatabaseName": "",
    "Description": "",
    "Classifiers": [],
    "TablePrefix": "",
    "Configuration": "",
    "CrawlerSecurityConfiguration": "",
    "SchemaChangePolicy": {},
    "RecrawlPolicy": {},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}
GIVEN = (*DEFAULTS, "Role", "Targets", "LakeFormationConfiguration")
_POLICY = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"}
ADDED: dict[str, Callable[[Data], Any]] = {
    "BatchGetCrawlers": answers.batch_get,
    "ListCrawlers": answers.names,
    "ListCrawls": answers.crawls_of,
    "StartCrawlerSchedule": schedule.switch_on,
    "StopCrawlerSchedule": schedule.switch_off,
    "UpdateClassifier": classifiers.update,
    "UpdateCrawlerSchedule": schedule.change,
}


def plug_in() -> None:
    """Put the home's crawlers in the place of the emulator's, and add the operations that it lacks."""
    crawls.plug_in()
    for name, by in (
        ("_create_crawler", create),
        ("_update_crawler", update),
        ("_delete_crawler", delete),
        ("_get_crawler", answers.get),
        ("_get_crawlers", answers.get_all),
        ("_start_crawler", start),
        ("_stop_crawler", stop),
        ("_get_crawler_metrics", answers.metrics),
        ("_create_classifier", classifiers.create),
    ):
        replace(glue, name, expected="(data)", by=by)
    schedule.plug_in()


def create(data: Data) -> Any:
    """CreateCrawler."""
    name = str(data.get("Name") or "")
    if not name:
        return error_response_json("InvalidInputException", "Crawler name must not be empty.", 400)
    if name in glue._crawlers:
        return error_response_json("AlreadyExistsException", f"Crawler with name {name} already exists", 400)
    crawler = {**DEFAULTS, **{key: data[key] for key in GIVEN if key in data}}
    refused = _settle(crawler) or schedule.problem(data.get("Schedule") or "")
    if refused:
        return error_response_json("InvalidInputException", refused, 400)
    now = int(time.time())
    glue._crawlers[name] = {
        "Name": name,
        **crawler,
        "Schedule": schedule.described(data.get("Schedule") or ""),
        "State": crawls.READY,
        "CrawlElapsedTime": 0,
        "CreationTime": now,
        "LastUpdated": now,
        "Version": 1,
    }
    return json_response({})


def update(data: Data) -> Any:
    """UpdateCrawler: what is not given stays."""
    return _with_crawler(data, lambda crawler: _change(crawler, data))


def delete(data: Data) -> Any:
    """DeleteCrawler: its tables stay."""

    def remove(crawler: Data) -> Any:
        if crawler["State"] != crawls.READY:
            return _running(crawler)
        del glue._crawlers[crawler["Name"]]
        crawls.history.pop(crawler["Name"], None)
        return json_response({})

    return _with_crawler(data, remove)


def start(data: Data) -> Any:
    """StartCrawler: answers at once, the crawl goes on in the background."""
    return _with_crawler(data, lambda crawler: json_response({}) if crawls.start(crawler) else _running(crawler))


def stop(data: Data) -> Any:
    """StopCrawler."""

    def end(crawler: Data) -> Any:
        if crawler["State"] != crawls.RUNNING:
            kind = "CrawlerStoppingException" if crawler["State"] == crawls.STOPPING else "CrawlerNotRunningException"
            said = "is stopping" if kind == "CrawlerStoppingException" else "isn't running"
            return error_response_json(kind, f"Crawler with name {crawler['Name']} {said}", 400)
        crawls.stop(crawler)
        return json_response({})

    return _with_crawler(data, end)


def _change(crawler: Data, data: Data) -> Any:
    if crawler["State"] != crawls.READY:
        return _running(crawler)
    changed = {**{key: crawler[key] for key in GIVEN if key in crawler}, **{key: data[key] for key in GIVEN if key in data}}
    expression = data.get("Schedule", crawler["Schedule"].get("ScheduleExpression", ""))
    expression = expression.get("ScheduleExpression", "") if isinstance(expression, dict) else expression
    refused = _settle(changed) or schedule.problem(expression)
    if refused:
        return error_response_json("InvalidInputException", refused, 400)
    crawler.update(changed, Schedule=schedule.described(expression), LastUpdated=int(time.time()), Version=crawler["Version"] + 1)
    return json_response({})


def _settle(crawler: Data) -> str:
    """Fill in what AWS fills in; why the crawler is refused, if it is."""
    crawler["SchemaChangePolicy"] = {**_POLICY, **(crawler["SchemaChangePolicy"] or {})}
    crawler["RecrawlPolicy"] = {"RecrawlBehavior": "CRAWL_EVERYTHING", **(crawler["RecrawlPolicy"] or {})}
    crawler["Role"] = str(crawler.get("Role") or "").rpartition(":role/")[2]
    try:
        identity.role_session(crawls.role_arn(crawler["Role"]), "check", service=SERVICE)
    except PermissionError:
        return "Service is unable to assume provided role. Please verify role's TrustPolicy"
    security = crawler.get("CrawlerSecurityConfiguration")
    if security and security not in glue._security_configs:
        return f"Security configuration {security} does not exist."
    return rules.problem(crawler, classifiers=glue._classifiers)


def _with_crawler(data: Data, work: Callable[[Data], Any]) -> Any:
    found = glue._crawlers.get(data.get("Name", ""))
    return work(found) if found else answers.not_found(data.get("Name", ""))


def _running(crawler: Data) -> Any:
    return error_response_json("CrawlerRunningException", f"Crawler with name {crawler['Name']} has already started", 400)
