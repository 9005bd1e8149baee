"""The CDK CLI as `mill up` runs it: quietly, with its output kept and its errors told."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cli import environment, home
from cli.problem import Problem
from cli.process import tail
from cli.screen import Step

_STACK = re.compile(r"lakemill-\w+-(\w+)(: deploying| \|)")
_EVENT = re.compile(r"_FAILED\s+\|[^|]+\|\s*(.+)")
_ERROR = re.compile(r"error:|❌|refused|denied|cdk\.json: ", re.IGNORECASE)
_MOST_ERRORS = 5


def program() -> str:
    """The project's own CDK CLI; a Problem if it is not installed."""
    path = home.ROOT / "node_modules" / ".bin" / "cdk"
    if not path.exists():
        raise Problem(f"the CDK CLI is not in {path.parent}", "Install it: make setup")
    return str(path)


def settings(here: home.Home, keys: home.Keys) -> dict[str, str]:
    """The environment of the CDK CLI; its output goes below the home, so that two homes never meet."""
    return {"CDK_OUTPUT": str(home.folder() / "cdk.out"), **environment.at_home(here, keys)}


def watched(arguments: Sequence[str], *, keys: home.Keys, here: home.Home, work: Step) -> None:
    """Run the CDK CLI with its output in the home's folder, show what it is at, and raise a Problem with its errors if it fails."""
    log = home.folder() / f"cdk-{arguments[0]}.log"
    variables = {**settings(here, keys), "CDK_VALIDATION": "false", "NO_COLOR": "1"}
    with log.open("w") as kept, _started(arguments, variables=variables) as process:
        for line in process.stdout or ():
            kept.write(line)
            if stack := _STACK.match(line.strip()):
                work.doing(stack.group(1))
    if process.returncode:
        raise Problem(f"cdk {arguments[0]} failed:{_errors(log)}", f"Mend that, then try again. All it said is in {log}")


def _started(arguments: Sequence[str], *, variables: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [program(), *arguments],
        cwd=home.folder() if "bootstrap" in arguments else home.ROOT,  # in the project it would synthesize all stacks for nothing
        env={name: value for name, value in variables.items() if name not in ("FORCE_COLOR", "CLICOLOR_FORCE")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
        errors="replace",
    )


def _errors(log: Path) -> str:
    """The reasons of stack events, else lines that read like errors, else the log's end."""
    return errors(log.read_text(errors="replace")) or tail(log)


def errors(said: str) -> str:
    """What went wrong in the words of the CDK CLI, a line each, indented; empty where nothing reads like an error."""
    found = _EVENT.findall(said) or [line.strip() for line in said.splitlines() if _ERROR.search(line)]
    return "".join(f"\n  {line}" for line in list(dict.fromkeys(found))[:_MOST_ERRORS])
