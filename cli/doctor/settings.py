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
    except ValueError as error:
        raise Problem(f"{file} is not JSON: {error}", "Mend it there: often it is a comma too many or too few") from None
    except (OSError, KeyError) as error:
        told = f"{file} has no settings for {env}: {error!r}"
        raise Problem(told, "Take the file from the project again, and put your values into it") from None
