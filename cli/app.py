"""All commands of `mill`, in the order in which a newcomer meets them."""

import os
from typing import Any

import typer
from typer.core import TyperGroup

from cli import screen
from cli.assign import assign
from cli.cdk import PASS_THROUGH, cdk, env
from cli.cost.command import cost
from cli.crawl import crawl
from cli.declare.command import declare
from cli.demo import demo
from cli.doctor.command import doctor
from cli.down import down
from cli.load import load
from cli.models import models
from cli.problem import explained, on_this_machine
from cli.quarantine import quarantine
from cli.queries import queries
from cli.query import query
from cli.report.command import report
from cli.run import run
from cli.sample import sample
from cli.show import show
from cli.status import status
from cli.up import up


class Commands(TyperGroup):
    """Turns errors into one line for people. LAKEMILL_TRACE=1 shows where they came from."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; 1 for anything that went wrong, 130 if the person stopped it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            screen.err.print("mill: stopped. To go on, run it again", style="red")
            raise typer.Exit(130) from None
        except Exception as error:
            told = type(error).__module__.startswith("typer") or isinstance(error, BrokenPipeError | EOFError)
            if told or os.environ.get("LAKEMILL_TRACE"):
                raise
            problem = explained(error) or on_this_machine(error)
            line = str(problem) if problem else f"unexpected {type(error).__name__}: {error}. See where with LAKEMILL_TRACE=1"
            screen.err.print(f"mill: {line}", style="red", soft_wrap=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=Commands,
    help="Lakemill: call records and customers, from files to SQL answers, at home or on AWS.",
    epilog="Begin with: mill demo",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_HOME = "The local home"
_DATA = "Data, at home or on AWS"

app.command(rich_help_panel=_HOME)(demo)
app.command(rich_help_panel=_HOME)(doctor)
app.command(rich_help_panel=_HOME)(up)
app.command(rich_help_panel=_HOME)(down)
app.command(rich_help_panel=_HOME, context_settings=PASS_THROUGH)(cdk)
app.command(rich_help_panel=_HOME)(env)
app.command(rich_help_panel=_DATA)(status)
app.command(rich_help_panel=_DATA)(sample)
app.command(rich_help_panel=_DATA)(declare)
app.command(rich_help_panel=_DATA)(load)
app.command(rich_help_panel=_DATA)(run)
app.command(rich_help_panel=_DATA)(crawl)
app.command(rich_help_panel=_DATA)(show)
app.command(rich_help_panel=_DATA)(models)
app.command(rich_help_panel=_DATA)(assign)
app.add_typer(quarantine, name="quarantine", rich_help_panel=_DATA)
app.command(rich_help_panel=_DATA)(query)
app.command(rich_help_panel=_DATA)(queries)
app.command(rich_help_panel=_DATA)(cost)
app.command(rich_help_panel=_DATA)(report)
