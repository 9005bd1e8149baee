"""Options that several commands share."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.clients import At


class Environment(StrEnum):
    """Environments that cdk.json describes."""

    DEV = "dev"
    PROD = "prod"


Env = Annotated[Environment, typer.Option("--env", help="Which environment's stacks.")]
HomeAt = Annotated[At, typer.Option("--home", help="Where the platform runs: this machine, or the AWS account of this shell.")]
