"""Custom classifiers: CSV only. What AWS refuses of them is refused, and their words become a dialect."""

import time
from collections.abc import Iterable
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue

from local.glue.crawler.delimited import DECLARED, Dialect

Data = dict[str, Any]
_HEADERS = ("UNKNOWN", "PRESENT", "ABSENT")
_SERDES = ("OpenCSVSerDe", "LazySimpleSerDe", "None")


def create(data: Data) -> Any:
    """CreateClassifier."""
    given = data.get("CsvClassifier") or {}
    refused = problem(data)
    if refused:
        return error_response_json("InvalidInputException", refused, 400)
    if given["Name"] in glue._classifiers:
        return error_response_json("AlreadyExistsException", f"Classifier {given['Name']} already exists", 400)
    now = int(time.time())
    glue._classifiers[given["Name"]] = {"CsvClassifier": {**given, "CreationTime": now, "LastUpdated": now, "Version": 1}}
    return json_response({})


def update(data: Data) -> Any:
    """UpdateClassifier: what is not given stays."""
    given = data.get("CsvClassifier") or {}
    found = glue._classifiers.get(given.get("Name", ""))
    if found is None:
        return error_response_json("EntityNotFoundException", f"Classifier {given.get('Name')} not found", 400)
    changed = {**found["CsvClassifier"], **given}
    refused = problem({"CsvClassifier": changed})
    if refused:
        return error_response_json("InvalidInputException", refused, 400)
    found["CsvClassifier"] = {**changed, "LastUpdated": int(time.time()), "Version": changed["Version"] + 1}
    return json_response({})


def problem(data: Data) -> str:
    """Why a classifier is refused; empty if it is not."""
    given = data.get("CsvClassifier")
    if not given:
        kinds = [name for name in data if name.endswith("Classifier")]
        return f"the local home has custom classifiers for CSV only, not {kinds[0]}" if kinds else "One classifier must be given."
    if not given.get("Name"):
        return "Classifier name must not be empty."
    for name in ("Delimiter", "QuoteSymbol"):
        if len(given.get(name) or "x") != 1 or given.get(name) in ("\r", "\n"):
            return f"{name} {given[name]!r} must be one character and no line end."
    if given.get("Delimiter") and given.get("Delimiter") == given.get("QuoteSymbol"):
        return "QuoteSymbol must be different from the column delimiter."
    return _options(given)


def _options(given: Data) -> str:
    if given.get("ContainsHeader", "UNKNOWN") not in _HEADERS:
        return f"ContainsHeader {given['ContainsHeader']}: allowed is one of {', '.join(_HEADERS)}"
    if given.get("Serde", "None") not in _SERDES:
        return f"Serde {given['Serde']}: allowed is one of {', '.join(_SERDES)}"
    unknown = [each for each in given.get("CustomDatatypes") or () if each.upper() not in DECLARED]
    if unknown:
        return f"CustomDatatypes {', '.join(unknown)}: allowed is one of {', '.join(DECLARED)}"
    return ""


def dialects(names: Iterable[str]) -> list[Dialect]:
    """The dialects of classifiers that are still there, in their order."""
    return [dialect(glue._classifiers[name]["CsvClassifier"]) for name in names if name in glue._classifiers]


def dialect(given: Data) -> Dialect:
    """What a CSV classifier knows before it looks. Values are trimmed only if it says so, and types count only if it says so."""
    return Dialect(
        delimiter=given.get("Delimiter") or ",",
        quote=given.get("QuoteSymbol") or "",
        header=given.get("ContainsHeader") or "UNKNOWN",
        names=tuple(given.get("Header") or ()),
        types=tuple(given.get("CustomDatatypes") or ()) if given.get("CustomDatatypeConfigured") else (),
        single=bool(given.get("AllowSingleColumn")),
        trimmed=given.get("DisableValueTrimming") is False,
        serde=given.get("Serde") or "",
    )
