"""The environment of processes that work against the home: the home's address and keys, nothing of the shell's own account."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.home import ROOT, Home, Keys, keyspaces_place

_FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")


def settings(home: Home, keys: Keys) -> dict[str, str]:
    """What any AWS tool needs to find the home, and what keeps the CDK CLI quiet and by itself."""
    return {
        "AWS_ENDPOINT_URL": home.endpoint,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_REGION": home.region,
        "AWS_DEFAULT_REGION": home.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DEFAULT_ACCOUNT": home.account,
        "CDK_DEFAULT_REGION": home.region,
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_NOTICES": "false",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1"))),
    }


def keyspaces() -> dict[str, str]:
    """What programs need to find Keyspaces at the home; nothing while it does not run there."""
    place = keyspaces_place()
    return {"LAKEMILL_KEYSPACES_ENDPOINT": place[0], "LAKEMILL_KEYSPACES_CA": place[1]} if place else {}


def foreign() -> tuple[str, ...]:
    """Variables that must not be set beside `settings`."""
    return _FOREIGN


def path() -> str:
    """PATH with the project's own python, node and cdk before the machine's."""
    own = (str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin"))
    rest = [part for part in os.environ.get("PATH", "").split(os.pathsep) if part and part not in own]
    return os.pathsep.join((*own, *rest))


def at_home(home: Home, keys: Keys) -> dict[str, str]:
    """The environment for a child process that works against the home as the owner of the keys."""
    return {**_inherited(), **settings(home, keys), **_caches(), "PATH": path()}


def of_the_home() -> dict[str, str]:
    """The environment for the home's own process: no account, no endpoint."""
    plain = {name: value for name, value in _inherited().items() if not name.startswith(("AWS_", "CDK_"))}
    return {**plain, "PATH": path(), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def _caches() -> dict[str, str]:
    cache = ROOT / ".local" / "cache"
    return {"CDK_HOME": str(cache / "cdk"), "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache / "jsii")}


def _inherited() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN}
