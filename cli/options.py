"""Options that several commands share."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from cli.clients import At
from cli.platform import open_platform


class Environment(StrEnum):
    """Environments that cdk.json describes."""

    DEV = "dev"
    PROD = "prod"


Env = Annotated[Environment, typer.Option("--env", help="Which environment's stacks.")]
HomeAt = Annotated[At, typer.Option("--home", help="Where the platform runs: this machine, or the AWS account of this shell.")]


def on_a_platform(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command with a parameter `platform` the options --env and --home instead."""
    own = signature(command)
    chosen = {"env": (Env, Environment.DEV), "home": (HomeAt, At.LOCAL)}
    kept = [each for name, each in own.parameters.items() if name != "platform"]
    added = [Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind) for name, (kind, default) in chosen.items()]

    @wraps(command)
    def started(*, env: Environment, home: At, **rest: Any) -> None:
        command(platform=open_platform(env=env, at=home), **rest)

    parameters = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in kept] + added
    started.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    started.__annotations__ = {each.name: each.annotation for each in parameters}
    return started
