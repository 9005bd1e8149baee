"""Whether an export of a wide dataset is needed and may be believed."""

import hashlib
import json
from collections.abc import Sequence

from lakemill.keyspaces_load import Loaded
from lakemill.wide import WideDataset


class Incomplete(RuntimeError):
    """The table does not hold what was loaded into it, or not yet."""


def refuse_unfinished(files: Sequence[Loaded]) -> None:
    """Incomplete if there is no file, or one whose load has not come to its end."""
    if not files:
        raise Incomplete("nothing was loaded yet: load files first, with mill load")
    if cut := sorted(each.source_file for each in files if not each.done):
        raise Incomplete(f"the load of {', '.join(cut)} has not come to its end: load the same file again, which goes on where it stopped")


def fingerprint(files: Sequence[Loaded], *, dataset: WideDataset) -> str:
    """What an export depends on: the files, the columns and the rules."""
    columns = [(column.name, str(column.type)) for column in dataset.columns]
    rules = [(rule.name, rule.check) for rule in dataset.rules]
    held = sorted((each.source_file, each.sha256, each.rows_loaded) for each in files)
    return hashlib.sha256(json.dumps([held, columns, rules]).encode()).hexdigest()
