"""Why a job failed, in one line, as Glue shows it: the exception that ended the script, or what it stems from in Java or an executor."""

import re

LONGEST = 1000
_START = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"^(?:[\w$]+\.)*([A-Za-z_]\w*)(:.*)?$")
_CAUSE = re.compile(r"^Caused by: (?:[\w$]+\.)*([\w$]+)(:.*)?$")
_VAGUE = ("SparkException", "Job aborted", "ExecutionException", "UncheckedExecutionException")


def reason(errors: list[str], *, code: int) -> str:
    """The line of a script's error output that says why it failed. `code` is its exit code."""
    lines = [line.rstrip() for line in errors]
    starts = [i for i, line in enumerate(lines) if line.strip() == _START]
    if not starts:
        return f"Command failed with exit code {code}"
    raised = _raised(lines, after=starts[-1])
    found = _short(raised)
    if found.startswith("Py4JJavaError"):
        found = _java(lines[lines.index(raised, starts[-1]) + 1 :]) or found
    return found[:LONGEST]


def _raised(lines: list[str], *, after: int) -> str:
    """The line that names the exception: the first after a traceback's start that is not indented."""
    return next((line for line in lines[after + 1 :] if line and not line[0].isspace()), lines[-1])


def _java(lines: list[str]) -> str:
    first = next((line[2:] for line in lines if line.startswith(": ")), "")
    remote = [i for i, line in enumerate(lines) if line.endswith(f"PythonException: {_START}")]
    if remote:
        return _short(_raised(lines, after=remote[-1]))
    causes = [f"{m[1]}{m[2] or ''}" for line in lines if (m := _CAUSE.match(line))]
    return causes[-1] if causes and any(v in first for v in _VAGUE) else _short(first)


def _short(line: str) -> str:
    """`package.module.Error: text` as `Error: text`."""
    found = _EXCEPTION.match(line)
    return f"{found[1]}{found[2] or ''}" if found else line
