"""AWS::Glue::Crawler and AWS::Glue::Classifier, with CloudFormation's own names for two properties of the API.

A crawler that runs is not deleted, and its stack says so: a trap of a destroy on AWS.
"""

from typing import Any

from ministack.services import glue
from ministack.services.cloudformation import provisioners

from local.cloudformation.handlers import Made, Properties, add, answer, existing, refuse_others
from local.glue.crawler import classifiers

KIND = "AWS::Glue::Classifier"
CRAWLER = "AWS::Glue::Crawler"
_KNOWN = frozenset(
    {
        "Classifiers", "Configuration", "CrawlerSecurityConfiguration", "DatabaseName", "Description", "LakeFormationConfiguration",
        "Name", "RecrawlPolicy", "Role", "Schedule", "SchemaChangePolicy", "TablePrefix", "Tags", "Targets",
    }
)  # fmt: skip


def plug_in() -> None:
    """Add the classifier; the emulator's crawler is made by the home's API."""
    add(KIND, create=_create, delete=_delete, update=_update)
    handlers = existing(CRAWLER)
    make, change = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        refuse_others(CRAWLER, properties, known=_KNOWN)
        made: Made = make(logical_id, properties, stack)
        return made

    def update(name: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None) -> Made:
        refuse_others(CRAWLER, new, known=_KNOWN)
        made: Made = change(name, old, new, stack, logical_id)
        return made

    def delete(name: str, _properties: Properties) -> None:
        if name in glue._crawlers:
            answer(glue._delete_crawler({"Name": name}))

    handlers.update(create=create, update=update, delete=delete)


def _create(logical_id: str, properties: Properties, stack: str) -> Made:
    wanted = _request(properties, name=provisioners._physical_name(stack, logical_id, max_len=255))
    answer(classifiers.create(wanted))
    return wanted["CsvClassifier"]["Name"], {}


def _update(name: str, old: Properties, new: Properties, _stack: str) -> Made:
    wanted = _request(new, name=name)
    if wanted["CsvClassifier"]["Name"] != name:
        answer(classifiers.create(wanted))
        _delete(name, old)
        return wanted["CsvClassifier"]["Name"], {}
    refused = classifiers.problem(wanted)
    if refused:
        raise ValueError(refused)
    glue._classifiers.pop(name, None)  # a property that the template has no more is not kept
    answer(classifiers.create(wanted))
    return name, {}


def _delete(name: str, _properties: Properties) -> None:
    glue._classifiers.pop(name, None)


def _request(properties: Properties, *, name: str) -> dict[str, Any]:
    """The properties as CreateClassifier takes them."""
    given = dict(properties.get("CsvClassifier") or {})
    if not given:
        return dict(properties)
    given["Name"] = given.get("Name") or name
    if "ContainsCustomDatatype" in given:
        given["CustomDatatypes"] = given.pop("ContainsCustomDatatype")
    flags = ("AllowSingleColumn", "CustomDatatypeConfigured", "DisableValueTrimming")
    return {"CsvClassifier": given | {flag: str(given[flag]).lower() == "true" for flag in flags if flag in given}}
