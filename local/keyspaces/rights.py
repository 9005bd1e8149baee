"""Who may log in to Cassandra, and what IAM lets them do there: the same keys and policies as everywhere in the home."""

import datetime
import hashlib
import hmac
from typing import Any
from urllib.parse import quote_plus

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region

from local.functions.rights import key_arn

SKEW = datetime.timedelta(minutes=15)
INVALID = "The security token included in the request is invalid."
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


def login(nonce: str, fields: dict[str, str]) -> dict[str, str]:
    """The key and ARN of who signed a login. Raises PermissionError, in AWS's words, if the signature is not good."""
    key, date = fields.get("access_key", ""), fields.get("amzdate", "")
    found = iam_evaluator.resolve_credential(key, get_account_id(), fields.get("session_token", "")) if key else None
    if not isinstance(found, iam_evaluator.ResolvedCredential):
        raise PermissionError(str(found.message) if found else INVALID)
    try:
        signed = datetime.datetime.fromisoformat(date)
    except ValueError:
        raise PermissionError(f"Date must be in ISO-8601 'basic format'. Got {date!r}.") from None
    if signed.tzinfo is None or abs(datetime.datetime.now(datetime.UTC) - signed) > SKEW:
        raise PermissionError(f"Signature expired: {date} is not within 15 minutes of the server's time.")
    expected = _signature(nonce, key=key, secret=found.secret_access_key, date=date)
    if not hmac.compare_digest(expected, fields.get("signature", "")):
        raise PermissionError(MISMATCH)
    return {"key": key, "arn": found.principal_arn}


def refusal(key: str, action: str, *, arn: str) -> str:
    """Why IAM does not let a key do something; empty if it does."""
    through = {"kms:ViaService": f"cassandra.{get_region()}.amazonaws.com"} if action.startswith("kms:") else {}
    service = action.partition(":")[0]
    found = iam_evaluator.enforce(key, action, service, get_region(), resource_arn=arn, service_context=through)
    if found is None:
        return ""
    if isinstance(found, iam_evaluator.AuthError):
        return str(found.message)
    return str(iam_actions.identity_denial_message(action, found.principal_arn, arn, found.decision == "Deny"))


def require_all(key: str, request: dict[str, Any], *, arn: str) -> None:
    """What a request takes besides the right of its operation: tags have one of their own, and Keyspaces uses a customer's key by a grant.

    Raises PermissionError, in AWS's words.
    """
    wanted = [("cassandra:TagResource", arn)] if request.get("tags") else []
    if customer := (request.get("encryptionSpecification") or {}).get("kmsKeyIdentifier"):
        wanted += [(action, key_arn(customer)) for action in ("kms:DescribeKey", "kms:CreateGrant")]
    for action, resource in wanted:
        if refused := refusal(key, action, arn=resource):
            raise PermissionError(refused)


def arn(path: str) -> str:
    """The ARN of what has this path in Keyspaces here."""
    return f"arn:aws:cassandra:{get_region()}:{get_account_id()}:{path}"


def _signature(nonce: str, *, key: str, secret: str, date: str) -> str:
    day = date[:10].replace("-", "")
    scope = f"{day}/{get_region()}/cassandra/aws4_request"
    query = sorted(
        [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            f"X-Amz-Credential={key}%2F{quote_plus(scope)}",
            f"X-Amz-Date={quote_plus(date)}",
            "X-Amz-Expires=900",
        ]
    )
    request = f"PUT\n/authenticate\n{'&'.join(query)}\nhost:cassandra\n\nhost\n{_hash(nonce)}"
    signing: Any = f"AWS4{secret}".encode()
    for part in (day, get_region(), "cassandra", "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    return hmac.new(signing, f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{_hash(request)}".encode(), "sha256").hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
