"""What a workgroup decides about a query: where results go, how they are encrypted, how much may be scanned.

An enforcing workgroup silently wins over what the request says, as on AWS. Workgroups made without the setting enforce;
only `primary` does not. Their records are ministack's (CloudFormation writes them).
"""

from dataclasses import dataclass, field
from typing import Any

from ministack.services import athena

from local.athena.failures import Refusal
from local.athena.statement import Statement


@dataclass(frozen=True)
class Terms:
    """The terms of one query: `location` ends with /, `cutoff` in bytes (0 = none), `encryption` as EncryptionConfiguration."""

    workgroup: str
    location: str
    cutoff: int = 0
    enforced: bool = False
    encryption: dict[str, str] = field(default_factory=dict)

    @property
    def result_configuration(self) -> dict[str, Any]:
        """ResultConfiguration without the file's name."""
        return {"OutputLocation": self.location} | ({"EncryptionConfiguration": self.encryption} if self.encryption else {})


def terms(request: dict[str, Any]) -> Terms:
    """The terms for a StartQueryExecution request. Raises Refusal."""
    name = request.get("WorkGroup") or "primary"
    workgroup = athena._workgroups.get(name)
    if workgroup is None:
        raise Refusal("WorkGroup is not found.", "INVALID_INPUT")
    if workgroup.get("State") == "DISABLED":
        raise Refusal(f"WorkGroup {name} is disabled.", "INVALID_INPUT")
    if ((request.get("ResultReuseConfiguration") or {}).get("ResultReuseByAgeConfiguration") or {}).get("Enabled"):
        raise Refusal(
            "Reuse of results is not supported by the local Athena: send the query without ResultReuseConfiguration.", "INVALID_INPUT"
        )
    configuration = workgroup.get("Configuration") or {}
    own = configuration.get("ResultConfiguration") or {}
    asked = request.get("ResultConfiguration") or {}
    result = own if _enforces(name, configuration) else {**own, **asked}
    encryption = result.get("EncryptionConfiguration") or {}
    if encryption.get("EncryptionOption") == "CSE_KMS":
        raise Refusal("Client-side encryption of results (CSE_KMS) is not supported by the local Athena.", "INVALID_INPUT")
    cutoff = int(configuration.get("BytesScannedCutoffPerQuery") or 0)
    return Terms(name, _location(result.get("OutputLocation")), cutoff, _enforces(name, configuration), encryption)


def check_places(terms: Terms, statement: Statement) -> None:
    """Refuse a table's own location where the workgroup says where everything goes. Raises Refusal."""
    if terms.enforced and "external_location" in statement.properties:
        raise Refusal(
            "The Create Table As Select query failed because it was submitted with an 'external_location' property to an Athena Workgroup "
            "that enforces a centralized output location for all queries. Please remove the 'external_location' property and resubmit "
            "the query.",
            "INVALID_INPUT",
        )


def _enforces(name: str, configuration: dict[str, Any]) -> bool:
    said = configuration.get("EnforceWorkGroupConfiguration", name != "primary")
    return said if isinstance(said, bool) else str(said).lower() == "true"


def _location(location: str | None) -> str:
    if not location:
        raise Refusal(
            "No output location provided. An output location is required either through the Workgroup result configuration setting "
            "or as an API input.",
            "INVALID_INPUT",
        )
    if not location.startswith("s3://") or len(location) <= len("s3://"):
        raise Refusal("outputLocation is not a valid S3 path.", "INVALID_INPUT")
    return location if location.endswith("/") else location + "/"
