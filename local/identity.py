"""Who a stand-in acts as: sessions of roles, and the credentials of a request's caller.

Stand-ins never act with nobody's rights. What a service does for a caller (Athena reading S3) is done with the
caller's own credentials, what it does under a role (a Glue job, a state machine) with a session of that role, and
always through a signed call to the home's own endpoint, so that IAM decides as it does on AWS. Credentials are the
AWS_* environment variables that any SDK reads, in any language.

Calls through `client` come back into this very process: make them on a thread of their own, never on the event loop.
"""

import contextvars
import json
import os
import secrets
import string
import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import iam, sts

from local.errors import HomeError

# AWS's services renew the sessions that they work with. Those of our stand-ins last longer than any job or task may: seven days for
# Glue. What a job itself works with is renewed (local/glue/credentials.py).
SESSION_SECONDS = 8 * 86400
_KEY_LETTERS = string.ascii_uppercase + "234567"
_client_lock = threading.Lock()
_loader = create_loader()  # reads a service's model once: half a second less for every further client


def endpoint() -> str:
    """The home's address. Always an IP: with a name, SDKs put the bucket in front of it, and nothing resolves that."""
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"


def role_session(role_arn: str, session_name: str, *, service: str = "", seconds: float = SESSION_SECONDS) -> dict[str, str]:
    """A session of `role_arn` as environment variables, good for so many seconds.

    With `service` (such as "glue.amazonaws.com") the role's trust policy must let that service assume it. Raises
    PermissionError, in AWS's words, if the role does not exist or does not trust the service.
    """
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        raise PermissionError(f"The role with name {role_arn.rsplit('/', 1)[-1]} cannot be found.")
    if service and not _trusts(role["AssumeRolePolicyDocument"], service):
        raise PermissionError(f"Service {service} is unable to assume role {role_arn}: its trust policy does not name the service.")
    key = "ASIA" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16))
    name = session_name[:64]
    session = {
        "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{role['RoleName']}/{name}",
        "UserId": f"{role['RoleId']}:{name}",
        "SecretAccessKey": secrets.token_urlsafe(30),
        "SessionToken": secrets.token_urlsafe(120),
        "Expiration": time.time() + seconds,
    }
    sts.register_session(key, session)
    return _environment(key, str(session["SecretAccessKey"]), str(session["SessionToken"]))


def caller_credentials(headers: dict[str, str], query: dict[str, Any] | None = None) -> dict[str, str]:
    """The credentials that signed a request, as environment variables, for acting as its caller.

    `headers` and `query` are those of a service's `handle_request`. Raises PermissionError for an unsigned request.
    """
    key = extract_access_key_id(headers, query or {})
    found = iam_evaluator.resolve_credential(key, get_account_id()) if key else None
    if not isinstance(found, iam_evaluator.ResolvedCredential):
        raise PermissionError("The security token included in the request is invalid.")
    return _environment(found.access_key_id, found.secret_access_key, found.session_token or "")


def client(service: str, credentials: dict[str, str], *, attempts: int = 1) -> Any:
    """A boto3 client of the home that acts with `credentials` (environment variables, as returned above)."""
    with _client_lock:  # botocore's loader is not safe while it reads a service's model
        core = botocore.session.Session()
        core.register_component("data_loader", _loader)
        session = boto3.session.Session(
            botocore_session=core,
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=credentials.get("AWS_SESSION_TOKEN"),
            region_name=credentials["AWS_REGION"],
        )
        config = Config(retries={"total_max_attempts": attempts}, read_timeout=120, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=endpoint(), config=config)


def in_background(work: Callable[[], None], *, name: str) -> threading.Thread:
    """Run `work` on a daemon thread that keeps the request's account and region (they live in context variables)."""
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), name=name, daemon=True)
    thread.start()
    return thread


def _environment(key: str, secret: str, token: str) -> dict[str, str]:
    if not secret:
        raise HomeError(f"access key {key} has no secret in the home")
    session = {"AWS_SESSION_TOKEN": token} if token else {}
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        **session,
        "AWS_REGION": get_region(),
        "AWS_DEFAULT_REGION": get_region(),
        "AWS_ENDPOINT_URL": endpoint(),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _trusts(document: Any, service: str) -> bool:
    statements = json.loads(document) if isinstance(document, str) else document
    listed = statements.get("Statement", [])
    return any(_names(s, service) for s in ([listed] if isinstance(listed, dict) else listed))


def _names(statement: dict[str, Any], service: str) -> bool:
    actions = statement.get("Action", [])
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    return (
        statement.get("Effect") == "Allow"
        and "sts:AssumeRole" in ([actions] if isinstance(actions, str) else actions)
        and any(_global(s) == service for s in ([services] if isinstance(services, str) else services))
    )


def _global(service: str) -> str:
    """A service principal without its region: `states.eu-west-1.amazonaws.com` is `states.amazonaws.com`."""
    return service.replace(f".{get_region()}.", ".")
