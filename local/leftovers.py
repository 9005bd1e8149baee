"""What a home that was killed leaves behind: engines without a home, and things that its state says are going on.

Both are looked up before the emulator starts, in files: the engines are ended (a job that nobody knows of must not commit
into a table), and what was cut off is told in one sentence. Runs, executions and stacks are closed when their state is
loaded, each where it is at home; AWS leaves none of them running for ever.
"""

import contextlib
import datetime
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.folder import CUT, Folder

NAMES = {
    "JobRunState": ("job run", "Id"),
    "status": ("execution", "name"),
    "StackStatus": ("stack", "StackName"),
    "TrainingJobStatus": ("training job", "TrainingJobName"),
    "TransformJobStatus": ("transform job", "TransformJobName"),
}
SERVICES = {
    "JobRunState": "glue",
    "status": "stepfunctions",
    "StackStatus": "cloudformation",
    "TrainingJobStatus": "home_sagemaker",
    "TransformJobStatus": "home_sagemaker",
}


def settle(folder: Folder) -> str:
    """End what still runs of a killed home, and say what was lost; empty after a clean end."""
    ended = _end_engines(folder)
    if not folder.killed:
        return ""
    saved = max((path.stat().st_mtime for path in folder.state.glob("*.json")), default=0.0)
    when = datetime.datetime.fromtimestamp(saved, tz=datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if saved else "never"
    cut = [f"{what} {name}" for what, name in _cut_off(folder)]
    running = f"cut off and marked as failed: {', '.join(cut)}" if cut else "nothing was running"
    engines = f"; {ended} of its processes still ran and were ended" if ended else ""
    return f"the home was killed; it is back as it was when it last saved, at {when}; {running}{engines}"


def _cut_off(folder: Folder) -> Iterator[tuple[str, str]]:
    for field, service in SERVICES.items():
        path = folder.state / f"{service}.json"
        if path.exists():
            what, name = NAMES[field]
            for found in _records(json.loads(path.read_text()), field):
                yield what, str(found.get("JobName", "")) or str(found.get(name) or found.get("executionArn", "?"))


def _records(value: Any, field: str) -> Iterator[dict[str, Any]]:
    """Records anywhere below `value` that say they are going on."""
    if isinstance(value, dict):
        if isinstance(value.get(field), str) and CUT[field](value[field]):
            yield value
            return
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _records(each, field)


def _end_engines(folder: Folder) -> int:
    ended = 0
    for note in folder.engines.iterdir():
        group, begun = int(note.name), note.read_text()
        if begun and begin_of(group) == begun:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
                ended += 1
        note.unlink()
    return ended


def begin_of(process: int) -> str:
    """When a process began, so that another one that got its number is not taken for it; empty if that cannot be known."""
    path = Path(f"/proc/{process}/stat")
    try:
        return path.read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
