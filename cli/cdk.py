"""`mill cdk` and `mill env`: the unmodified CDK CLI, and any other AWS tool, against the home."""

import shlex
import subprocess
from enum import StrEnum
from typing import Annotated

import typer

from cli import environment, home, toolkit
from cli.problem import Problem

PASS_THROUGH = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


class Who(StrEnum):
    """Identities of the home."""

    USER = "user"
    SCIENTIST = "scientist"
    DEPLOYER = "deployer"


def cdk(context: typer.Context) -> None:
    """Run the CDK CLI on the home, as its deployer.

    All arguments go to it as they are.

    Example: [bold]mill cdk diff[/]   [bold]mill cdk destroy --all[/]
    """
    here = home.required()
    command = [toolkit.program(), *context.args]
    raise typer.Exit(subprocess.call(command, cwd=home.ROOT, env=toolkit.settings(here, here.profiles["deployer"])))


def env(who: Annotated[Who, typer.Option("--as", help="Whose credentials.")] = Who.USER) -> None:
    """Print what points AWS tools, and programs that use Keyspaces, at the home.

    Example: [bold]eval "$(mill env --as deployer)"[/], then: [bold]cdk diff[/]
    """
    here = home.required()
    if who not in here.profiles:
        raise Problem(f"the home was started by an older version, which knows no {who}", "Start it anew: mill down, then mill up")
    typer.echo(f"unset {' '.join(environment.foreign())}")
    for name, value in {**environment.settings(here, here.profiles[who]), **environment.keyspaces()}.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
    typer.echo(f"export PATH={shlex.quote(environment.path())}")
