"""What a run of the flow `maintenance` did, table by table."""

from cli import screen, words, zones
from cli.athena import Answer, ask
from cli.formats import as_table
from cli.platform import Platform

FLOW = "maintenance"
_HEADS = ("table", "files", "size", "snapshots removed", "orphans removed")


def done(platform: Platform, run_name: str) -> Answer:
    """The record of one run."""
    return ask(
        platform,
        "select table_name, files_before, files_after, bytes_before, bytes_after, snapshots_removed, orphans_removed "
        f"from cleaned.maintenance where run_id = '{run_name}' order by table_name",
    )


def show(answer: Answer, *, platform: Platform) -> None:
    """The record as a table, or that there was nothing to look after."""
    if not answer.rows:
        screen.out.print("  No tables yet: the first run of a flow of files makes them.")
        return
    rows = []
    for name, files, fewer, before, after, snapshots, orphans in answer.rows:
        table = zones.readable(str(name), platform.databases())
        sizes = f"{words.size(int(before or 0))} → {words.size(int(after or 0))}"
        rows.append((table, f"{files} → {fewer}", sizes, str(snapshots), str(orphans)))
    screen.out.print(as_table(_HEADS, rows, right=[False, *[True] * (len(_HEADS) - 1)]))
