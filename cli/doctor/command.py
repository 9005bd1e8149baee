"""The command `mill doctor`."""

from collections.abc import Iterator

import typer
from rich.text import Text

from cli import screen, words
from cli.clients import At, connect
from cli.doctor import account, machine
from cli.doctor.finding import Finding, Verdict, good, stop
from cli.doctor.settings import chosen
from cli.options import Env, Environment, HomeAt
from cli.problem import Problem

_SIGNS = {
    Verdict.GOOD: ("✓", "green"),
    Verdict.UNKNOWN: ("?", "yellow"),
    Verdict.WARNING: ("!", "yellow"),
    Verdict.STOP: ("✗", "red"),
}


def doctor(env: Env = Environment.DEV, home: HomeAt = At.LOCAL) -> None:
    """Look for what would stop a first deployment: on this machine, or in the AWS account of this shell. Changes nothing.

    Example: [bold]mill doctor[/]   [bold]mill doctor --home aws --env prod[/]
    """
    found = list(_told(_examined(env, home)))
    stops = [each for each in found if each.verdict is Verdict.STOP]
    screen.out.print()
    if stops:
        screen.out.print(f"{words.count(len(stops), 'finding')} would stop a deployment or its first run.")
        raise typer.Exit(1)
    unsure = any(each.verdict is Verdict.UNKNOWN for each in found)
    screen.out.print("Nothing that was seen stops a deployment." if unsure else "Nothing stops a deployment.")
    screen.out.print(f"Deploy: cdk deploy --all -c env={env}" if home is At.AWS else "See it at work: mill demo")


def _examined(env: str, home: At) -> Iterator[Finding]:
    if home is At.LOCAL:
        yield from machine.examined()
        yield _settings(env)
        return
    clients = connect(At.AWS)
    if not clients.region:
        raise Problem("this shell names no AWS region", "Set one, for example: export AWS_REGION=eu-west-1")
    with screen.spinning(" looking"):
        visit = account.visit(clients, env=env, settings=chosen(env))
    yield from account.examined(visit)


def _settings(env: str) -> Finding:
    try:
        return good("settings", f"{words.count(len(chosen(env)), 'value')} for {env} in cdk.json")
    except Problem as problem:
        return stop("settings", problem.what, advice=problem.advice)


def _told(findings: Iterator[Finding]) -> Iterator[Finding]:
    for each in findings:
        sign, colour = _SIGNS[each.verdict]
        line = Text.assemble((screen.mark(sign), colour), " ", (f"{each.about:<22}", "bold"), f" {each.what}")
        screen.out.print(line, soft_wrap=True)
        if each.advice:
            screen.out.print(f"  {'':<22} {each.advice}", style="dim", soft_wrap=True)
        yield each
