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
from lakemill.wide_rows import HeaderError

_SHOWN = 5


def load_wide(platform: Platform, uploads: Sequence[Upload], *, dataset: WideDataset) -> list[Loaded]:
    """Load the files one after the other; what was loaded before is left as it is."""
    keyspace = wide.keyspace(platform)
    with wide.session(platform) as session:
        target = Target(session, dataset=dataset, keyspace=keyspace)
        return [_load(upload.path, target=target) for upload in uploads]


def _load(path: Path, *, target: Target) -> Loaded:
    with screen.step("load") as work:
        work.doing(path.name)
        try:
            file = load_file(path, target=target, told=lambda now: work.doing(f"{path.name}: {words.count(now.rows_in, 'line')}"))
        except OtherContent as error:
            raise Problem(f"{path}: {error}", "Give the new file a name of its own") from error
        except HeaderError as error:
            names = f"lakemill/datasets/{target.dataset.name}.py"
            raise Problem(f"{path}: {error}", f"Mend the header, or declare its names in {names}") from error
        except (EOFError, OSError) as error:
            raise Problem(f"{path} cannot be read to its end ({error}); lines before are kept", "Load the whole file again") from error
        except NotWritten as error:
            raise Problem(f"{path.name}: {error}; what was written stays", "Load it again: it goes on where it stopped") from error
        work.note = note(file, table=target.dataset.table)
    _tell_refused(file.reasons)
    return file


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
