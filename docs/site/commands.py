"""Writes docs/commands.md: every command of `mill` with its options and example, from the command line itself. `make docs` runs it."""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

from typer.main import get_command

from cli.app import app

PAGE = Path(__file__).resolve().parents[1] / "commands.md"
HEAD = """# Commands

All of `mill`, in the order of their use; `mill COMMAND --help` says the same. Written by `make docs`, held to the commands by a test.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_of(get_command(app), said="mill")]) + "\n"


def _of(group: Any, *, said: str) -> Iterator[str]:
    panel = ""
    for name, command in group.commands.items():
        if said == "mill" and command.rich_help_panel != panel:
            panel = command.rich_help_panel
            yield f"## {panel}\n"
        yield from _command(command, said=f"{said} {name}")
        yield from _of(command, said=f"{said} {name}") if hasattr(command, "commands") else ()


def _command(command: Any, *, said: str) -> Iterator[str]:
    given = [each for each in command.params if each.name != "help"]
    arguments = "".join(f" {_argument(each)}" for each in given if each.param_type_name == "argument")
    yield f"### {said}\n"
    if not hasattr(command, "commands"):
        yield f"```sh\n{said}{arguments}{_more(command, given)}\n```\n"
    yield _plain(command.help) + "\n"
    if given:
        yield "| argument or option | meaning |\n|---|---|"
        yield "\n".join(_row(each) for each in given) + "\n"


def _more(command: Any, given: list[Any]) -> str:
    if command.context_settings.get("allow_extra_args"):
        return " [ARGUMENTS]…"
    return " [OPTIONS]" if any(each.param_type_name == "option" for each in given) else ""


def _argument(each: Any) -> str:
    name = each.metavar or each.name.upper()
    named = f"{name}…" if each.nargs == -1 else name
    return named if each.required else f"[{named}]"


def _row(each: Any) -> str:
    value = "" if getattr(each, "is_flag", True) else f" {_value(each)}"
    names = [_argument(each)] if each.param_type_name == "argument" else [f"{name}{value}" for name in (*each.opts, *each.secondary_opts)]
    return "| " + ", ".join(f"`{name}`" for name in names) + f" | {_meaning(each)} |"


def _value(each: Any) -> str:
    """What stands behind an option: its values if they are known, else their kind."""
    kind = each.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum):
        return " or ".join(str(one.value) for one in kind)
    return each.metavar or {int: "NUMBER", Path: "PATH"}.get(kind, "TEXT")


def _meaning(each: Any) -> str:
    default = each.show_default if isinstance(each.show_default, str) else each.default
    usual = default if default not in (None, False, "", ()) and not callable(default) else ""
    return _plain(each.help or "") + (f" Usual: `{getattr(usual, 'value', usual)}`." if usual else "")


def _plain(text: str) -> str:
    """Rich's marks as Markdown's."""
    spaced = re.sub(r"\[/\] {2,}\[bold\]", "[/] · [bold]", text.replace("\\[", "["))
    return re.sub(r"\[bold\](.*?)\[/\]", r"`\1`", spaced).strip()


if __name__ == "__main__":
    PAGE.write_text(page())
