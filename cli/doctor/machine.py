"""Looks at this machine: what the local home needs."""

import os
import platform
import shutil
from collections.abc import Iterator

from cli import home
from cli.doctor.finding import Finding, good, stop, warning
from cli.words import size

FREE_BYTES = 4_000_000_000  # engines, caches, and room for a demo's tables
MEMORY_BYTES = 4_000_000_000  # the home, and one Spark job of 2 GB beside it
INSTALLED = (
    (".local/done/python", "Python packages"),
    (".local/done/cdk", "the CDK command line"),
    (".local/done/spark", "the jars of Spark"),
)
RUN_ON = ("Linux", "x86_64")


def examined() -> Iterator[Finding]:
    """All findings about this machine."""
    yield from _system()
    yield from _installed()
    yield from _room()
    yield from _home()


def _system() -> Iterator[Finding]:
    kind = (platform.system(), platform.machine())
    if kind == RUN_ON:
        yield good("system", " ".join(kind))
    else:
        said = f"{' '.join(kind)}: what it needs resolves, but the authors have run Linux x86_64 only"
        yield warning("system", said, advice="Tell us how it went")


def _installed() -> Iterator[Finding]:
    lacking = [what for file, what in INSTALLED if not (home.ROOT / file).exists()]
    if lacking:
        yield stop("set-up", f"{', '.join(lacking)}: not installed", advice="Run: make setup")
    else:
        yield good("set-up", "everything is installed")


def _room() -> Iterator[Finding]:
    free = shutil.disk_usage(home.ROOT).free
    if free < FREE_BYTES:
        yield warning("disk", f"{size(free)} are free, and a demo with all caches takes {size(FREE_BYTES)}", advice="Make room")
    else:
        yield good("disk", f"{size(free)} are free")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if memory < MEMORY_BYTES:
        yield warning("memory", f"{size(memory)}: Spark may run out of it", advice=f"Use a machine with {size(MEMORY_BYTES)}")
    else:
        yield good("memory", size(memory))


def _home() -> Iterator[Finding]:
    here = home.running()
    if here:
        yield good("home", f"up at {here.endpoint}")
    elif home.recorded():
        yield warning("home", "not up; its state is kept", advice="Start it: mill up")
    else:
        yield good("home", "none yet: mill up makes one")
