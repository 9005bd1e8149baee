"""`mill status`: what is up, what is in it, what ran."""

from collections.abc import Callable, Mapping

from rich.text import Text

from cli import home as local_home
from cli import screen, status_alarms, status_tables, survey, words
from cli.clients import At
from cli.formats import as_table
from cli.options import Env, Environment, HomeAt
from cli.platform import Platform, open_platform, options
from cli.problem import explained
from cli.status_crawlers import show_crawlers


def status(env: Env = Environment.DEV, home: HomeAt = At.LOCAL) -> None:
    """Show what is up, what is in it and what ran.

    Example: [bold]mill status[/]   [bold]mill status --home aws --env prod[/]
    """
    with screen.spinning(" looking"):
        platform = open_platform(env=env, at=home)
        stages = survey.stacks(platform)
    _line("home", Text(_where(platform)))
    _line("stacks", _stacks(platform, stages))
    missing = [stage for stage in platform.stages if not platform.deployed(stage)]
    if missing:
        screen.out.print(f"\n{platform.how_to_deploy}", soft_wrap=True)
        return
    for show in (_show_zones, _show_tables, _show_runs, show_crawlers, status_alarms.show):
        _section(show, platform)


def _where(platform: Platform) -> str:
    here = local_home.recorded() if platform.at is At.LOCAL else None
    place = f"{here.endpoint} (process {here.pid})" if here else f"AWS, region {platform.client.region}"
    return f"{place}, environment {platform.env}"


def _stacks(platform: Platform, stages: Mapping[str, str]) -> Text:
    line = Text("none is deployed" if set(stages.values()) == {survey.ABSENT} else "")
    for stage, state in stages.items() if not line else ():
        good = platform.deployed(stage)
        line.append(screen.mark("✓" if good else "✗"), "green" if good else "red")
        line.append(f" {stage}" + ("" if good else f" ({state.lower().replace('_', ' ')})") + "   ")
    line.rstrip()
    return line


def _section(show: Callable[[Platform], None], platform: Platform) -> None:
    """One part may be out of reach (a missing permission); the others still show."""
    screen.out.print()
    try:
        show(platform)
    except Exception as error:
        problem = explained(error)
        if problem is None:
            raise
        screen.out.print(f"  {problem}", soft_wrap=True)


def _show_zones(platform: Platform) -> None:
    with screen.spinning(" counting objects"):
        stored = survey.stored(platform)
    rows = [(each.zone, f"{each.objects:,}" + ("+" if each.more else ""), words.size(each.bytes)) for each in stored]
    screen.out.print(as_table(["zone", "objects", "size"], rows, right=[False, True, True]))
    if not stored[0].objects:
        screen.out.print(f"No files yet. Load some: mill load calls FILE…{options(platform)}, or see it all at work: mill demo")


def _show_tables(platform: Platform) -> None:
    with screen.spinning(" counting rows"):
        tables = status_tables.tables(platform)
    if not tables:
        flow = next(iter(platform.flows()), "FLOW")
        screen.out.print(f"No tables yet: the first run makes them. Run one: mill run {flow}{options(platform)}")
        return
    rows = [each.cells for each in tables]
    screen.out.print(as_table(status_tables.HEADS, rows, right=[False, *[True] * (len(status_tables.HEADS) - 1)]))


def _show_runs(platform: Platform) -> None:
    runs = survey.runs(platform)
    if not runs:
        screen.out.print("No runs yet.")
        return
    rows = [
        (each.name, each.status.lower(), words.moment(each.started), "" if each.seconds is None else words.duration(each.seconds))
        for each in runs
    ]
    screen.out.print(as_table(["run", "state", "started", "took"], rows, right=[False, False, False, True]))


def _line(name: str, text: Text) -> None:
    screen.out.print(Text.assemble((f"{name:<8}", "bold"), text), soft_wrap=True)
