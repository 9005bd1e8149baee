"""Why a job failed, in one line, as Glue shows it: the exception that ended the script, or the Java error under it."""

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
    end = next((i for i in range(starts[-1] + 1, len(lines)) if lines[i] and not lines[i][0].isspace()), len(lines) - 1)
    found = _short(lines[end])
    if found.startswith("Py4JJavaError"):
        found = _java(lines[end + 1 :]) or found
    return found[:LONGEST]


def _java(lines: list[str]) -> str:
    first = next((line[2:] for line in lines if line.startswith(": ")), "")
    causes = [f"{m[1]}{m[2] or ''}" for line in lines if (m := _CAUSE.match(line))]
    return causes[-1] if causes and any(v in first for v in _VAGUE) else _short(first)


def _short(line: str) -> str:
    """`package.module.Error: text` as `Error: text`."""
    found = _EXCEPTION.match(line)
    return f"{found[1]}{found[2] or ''}" if found else line
