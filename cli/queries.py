"""`mill queries`: the questions that come with the platform."""

import re
from collections.abc import Mapping
from typing import Annotated

import typer

from cli import screen, zones
from cli.clients import At
from cli.formats import as_table
from cli.options import Env, Environment, HomeAt
from cli.platform import Platform, open_platform
from cli.problem import Problem


def queries(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show the SQL of this one.")] = None,
    env: Env = Environment.DEV,
    home: HomeAt = At.LOCAL,
) -> None:
    """List the named queries, or show the SQL of one.

    Example: [bold]mill queries[/]   [bold]mill queries busiest_hours[/]
    """
    platform = open_platform(env=env, at=home)
    named = named_queries(platform)
    if name is not None:
        screen.out.print(zones.readable(found(named, name)["QueryString"].strip(), platform.databases()), soft_wrap=True)
        return
    rows = [(short, described.get("Description", "")) for short, described in named.items()]
    screen.out.print(as_table(["name", "what it answers"], rows, right=[False, False], fold="what it answers"))
    screen.out.print("\nRun one: mill query @NAME", style="dim")


def named_queries(platform: Platform) -> Mapping[str, Mapping[str, str]]:
    """The workgroup's named queries by name."""
    athena = platform.client("athena")
    workgroup = platform.output("query", "Workgroup")
    ids = [key for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=workgroup) for key in page["NamedQueryIds"]]
    found_queries = [
        each
        for start in range(0, len(ids), 50)
        for each in athena.batch_get_named_query(NamedQueryIds=ids[start : start + 50])["NamedQueries"]
    ]
    return {short_name(each["Name"]): each for each in sorted(found_queries, key=lambda each: each["Name"])}


def short_name(name: str) -> str:
    """A named query's name as people type it after @: `Busiest hours` is busiest_hours."""
    return re.sub(r"\W+", "_", name.strip().lower())


def found(named: Mapping[str, Mapping[str, str]], name: str) -> Mapping[str, str]:
    """The named query of that name; a Problem that lists the names there are."""
    if name not in named:
        raise Problem(f"no named query {name!r} in this workgroup", f"There are: {', '.join(named) or 'none'}")
    return named[name]
