"""`mill load` of a dataset that is kept in Keyspaces: row by row, with an account of every line."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cli import screen, wide, words
from cli.platform import Platform
from cli.problem import Problem
from cli.uploads import Upload
from lakemill.keyspaces_load import Loaded, OtherContent, Target, load_file
from lakemill.keyspaces_writing import NotWritten
from lakemill.wide import REFUSED, WideDataset
from lakemill.wide_rows import HeaderError, UnreadableError

_SHOWN, _SAID = 5, 600
AGAIN = "Load it again: it goes on where it stopped"


def load_wide(platform: Platform, uploads: Sequence[Upload], *, dataset: WideDataset) -> list[Loaded]:
    """Load the files one after the other; what was loaded before is left as it is."""
    refuse_names([upload.path.name for upload in uploads])
    keyspace = wide.keyspace(platform)
    with wide.session(platform) as session:
        target = Target(session, dataset=dataset, keyspace=keyspace)
        return [_load(upload.path, target=target) for upload in uploads]


def refuse_names(names: Sequence[str]) -> None:
    """A Problem for names that cannot be shown: a file's name is part of its rows' keys, and told wherever they are."""
    if odd := [name for name in names if not name.isprintable()]:
        what = f"nothing was loaded: {', '.join(map(ascii, odd))} has signs in its name that cannot be shown"
        raise Problem(what, "Rename the file, then load it")


def _load(path: Path, *, target: Target) -> Loaded:
    with screen.step("load") as work:
        work.doing(path.name)
        try:
            file = load_file(path, target=target, told=lambda now: work.doing(f"{path.name}: {words.count(now.rows_in, 'line')}"))
        except OtherContent as error:
            raise Problem(f"{path}: {error}", "Give the new file a name of its own") from error
        except HeaderError as error:
            names = f"lakemill/datasets/{target.dataset.name}.py"
            raise Problem(f"{path}: {error}", f"Mend the file, or declare the names of its header in {names}") from error
        except UnreadableError as error:
            raise Problem(
                f"{path} cannot be unpacked ({error}), and nothing of it was loaded", "Get the whole file, then load it"
            ) from error
        except OSError as error:
            raise Problem(f"{path} cannot be read to its end ({error}); lines before are kept", "Load the whole file again") from error
        except NotWritten as error:
            raise Problem(f"{path.name}: {error}; what was written stays", AGAIN) from error
        except Exception as error:
            if not type(error).__module__.startswith("cassandra"):
                raise
            raise _of_the_driver(path, error) from error
        work.note = note(file, table=target.dataset.table)
    _tell_refused(file.reasons)
    return file


def _of_the_driver(path: Path, error: Exception) -> Problem:
    """What Keyspaces said no to, or that it was away; imported here, as few platforms have it."""
    said = f"{path.name}: {type(error).__name__}: {str(error)[:_SAID]}; what was written stays"
    refused = type(error).__name__ in ("Unauthorized", "InvalidRequest")
    return Problem(said, "Use credentials that may write these tables, then load it again" if refused else AGAIN)


def note(file: Loaded, *, table: str) -> str:
    """What became of a file, in a few words."""
    if file.known_as:
        other = f" as {file.known_as}" if file.known_as != file.source_file else ""
        return f"{file.source_file}: loaded before{other}, {words.count(file.rows_loaded, 'row')}"
    refused = f", {file.rows_refused:,} refused" if file.rows_refused else ""
    return f"{file.source_file}: {words.count(file.rows_loaded, 'row')} to {table}{refused}"


def _tell_refused(reasons: Counter[str]) -> None:
    for reason, number in reasons.most_common(_SHOWN):
        screen.out.print(f"  refused: {number:,} {reason}", style="yellow", soft_wrap=True)
    if reasons:
        screen.out.print(f"  each with its line and text in table {REFUSED.name}", style="dim", soft_wrap=True)
