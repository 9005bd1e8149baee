"""`mill up`: the local home, bootstrapped and deployed."""

from typing import Annotated

import typer

from cli import home, process
from cli.clients import At, local
from cli.options import Env, Environment
from cli.platform import Platform
from cli.screen import out, step
from cli.toolkit import watched
from lakemill import features, models
from lakemill.curated import in_order, tables
from lakemill.datasets import declared


def up(
    env: Env = Environment.DEV,
    deploy: Annotated[
        bool | None,
        typer.Option("--deploy/--no-deploy", help="Deploy even if the stacks stand, or not at all.", show_default="only what is missing"),
    ] = None,
) -> None:
    """Start the home, and deploy what is missing.

    Example: [bold]mill up[/], after changing a template [bold]mill up --deploy[/]
    """
    made = bring_up(env=env, deploy=deploy)
    here = home.required()
    if not made:
        out.print(f"The home is up already at {here.endpoint}" + (", and the platform is deployed." if deploy is None else "."))
    out.print("Next: mill up --deploy" if deploy is False else "Next: mill demo, or mill load calls FILE…, mill run calls, mill queries")


def bring_up(*, env: Environment, deploy: bool | None) -> bool:
    """Start, bootstrap and deploy what is not there yet; whether anything was done."""
    here = home.running()
    started = here is None
    if here is None:
        with step("home") as work:
            here = process.start()
            work.note = here.endpoint
        if here.lost:
            out.print(here.lost)
    bootstrapped = _bootstrap(here)
    deployed = deploy is not False and _deploy(here, env=env, force=bool(deploy))
    return deployed or bootstrapped or started


def _bootstrap(here: home.Home) -> bool:
    if _has_toolkit(here):
        return False
    with step("bootstrap") as work:
        watched(["bootstrap", f"aws://{here.account}/{here.region}"], keys=home.root_keys(), here=here, work=work)
        work.note = "roles and a bucket for the CDK, by the root key"
    return True


def _has_toolkit(here: home.Home) -> bool:
    stack = Platform(local(here, here.profiles["user"]), env="", at=At.LOCAL).described("CDKToolkit")
    return stack is not None and str(stack["StackStatus"]).endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE"))


def _check_declarations() -> None:
    """Wrong declarations are told at once, and not by the first run."""
    in_order(tables().values(), datasets=list(declared()))
    for model in models.declared().values():
        features.of(model)


def _deploy(here: home.Home, *, env: Environment, force: bool) -> bool:
    platform = Platform(local(here, here.profiles["user"]), env=env, at=At.LOCAL)
    _check_declarations()
    if not force and all(platform.deployed(stage) for stage in platform.stages):
        return False
    with step("deploy") as work:
        arguments = ["deploy", "--all", "-c", f"env={env}", "--require-approval", "never", "--progress", "events"]
        watched(arguments, keys=here.profiles["deployer"], here=here, work=work)
        stages = Platform(local(here, here.profiles["user"]), env=env, at=At.LOCAL).stages
        work.note = f"{len(stages)} stacks of {env}: {', '.join(stages)}"
    return True
