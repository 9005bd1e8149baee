"""The settings that a deployment would use, as cdk.json has them."""

import json
from collections.abc import Mapping
from typing import Any

from cli.home import ROOT
from cli.problem import Problem


def chosen(env: str) -> Mapping[str, Any]:
    """The settings of an environment; values that it leaves out have their default where the stacks declare them."""
    file = ROOT / "cdk.json"
    try:
        environments: Mapping[str, Mapping[str, Any]] = json.loads(file.read_text())["context"]["environments"]
        return environments[env]
    except (OSError, ValueError, KeyError) as error:
        raise Problem(
            f"{file} has no settings for {env}: {error!r}", "Take the file from the project again, and put your values into it"
        ) from error
