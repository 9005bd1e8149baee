"""`mill load`: files into the raw zone, as received, or their rows into Keyspaces."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from cli import screen, words
from cli.clients import At
from cli.options import Env, Environment, HomeAt
from cli.platform import Platform, open_platform, options
from cli.problem import Problem
from cli.uploads import WORKERS, State, Upload, compared, planned
from lakemill import models
from lakemill.datasets import declared
from lakemill.declare import Dataset
from lakemill.wide import WideDataset

_NAMED = 5


def load(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The dataset the files belong to.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="CSV files, also as .csv.gz, or folders of them.")],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite other content under the same names.")] = False,
    env: Env = Environment.DEV,
    home: HomeAt = At.LOCAL,
) -> None:
    """Upload files to the raw zone, as they are; or their rows to Keyspaces, if the dataset is kept there.

    What is there already is not sent again. What was overwritten stays in the bucket as an older version.

    Example: [bold]mill load calls ./data/calls/[/]
    """
    known(dataset)
    planned_uploads = planned(dataset, files)
    platform = open_platform(env=env, at=home)
    declaration = declared()[dataset]
    if isinstance(declaration, WideDataset):
        _load_wide(platform, planned_uploads, dataset=declaration, replace=replace)
    else:
        load_into(platform, planned_uploads, replace=replace)
    for flow in _flows(declaration):
        screen.out.print(f"Next: mill run {flow}{options(platform)}")


def _flows(dataset: Dataset) -> list[str]:
    """The flows that take what was loaded: of rows in Keyspaces, those of the models that learn from them."""
    if not isinstance(dataset, WideDataset):
        return [dataset.flow_name]
    return [model.name for model in models.declared().values() if model.dataset == dataset.name]


def _load_wide(platform: Platform, uploads: Sequence[Upload], *, dataset: WideDataset, replace: bool) -> None:
    from cli.load_wide import load_wide  # few platforms have any

    if replace:
        raise Problem(
            f"rows of {dataset.name} cannot be replaced by a file", "Give the new file a name of its own, and leave out --replace"
        )
    load_wide(platform, uploads, dataset=dataset)


def known(dataset: str) -> None:
    """A Problem that names the declared datasets unless this is one."""
    if dataset not in declared():
        raise Problem(f"no dataset {dataset!r} in lakemill/datasets", f"Declared are: {', '.join(declared())}")


def load_into(platform: Platform, uploads: Sequence[Upload], *, replace: bool = False) -> None:
    """Send what the raw bucket does not hold yet; a Problem before anything is sent if names are taken by other content."""
    bucket, s3 = platform.bucket("raw"), platform.client("s3")
    dataset = uploads[0].key.partition("/")[0]
    with screen.step("load") as work:
        work.doing("comparing with the raw zone")
        states = compared(s3, bucket, uploads)
        _refuse_conflicts([upload for upload in states if upload.state is State.OTHER and not replace])
        to_send = [upload for upload in states if upload.state is not State.SAME]
        work.doing("sending")
        _send(s3, bucket, to_send)
        work.note = _note(dataset, to_send, there=len(states) - len(to_send))


def _refuse_conflicts(conflicts: Sequence[Upload]) -> None:
    if conflicts:
        names = ", ".join(upload.key for upload in conflicts[:_NAMED]) + (" …" if len(conflicts) > _NAMED else "")
        raise Problem(
            f"nothing was loaded: the raw zone holds other content under {len(conflicts)} of these names ({names})",
            "Give the files new names, or overwrite with --replace (the bucket keeps old versions)",
        )


def _send(s3: Any, bucket: str, uploads: Sequence[Upload]) -> None:
    total = sum(upload.bytes for upload in uploads)
    columns = (TextColumn("  loading"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=screen.out, transient=True, disable=not screen.out.is_terminal or not uploads) as bar:
        task = bar.add_task("", total=total)

        def put(upload: Upload) -> None:
            _put(s3, bucket, upload, sent=lambda number: bar.advance(task, number))

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(put, uploads))


def _put(s3: Any, bucket: str, upload: Upload, *, sent: Callable[[int], None]) -> None:
    extra = {"Metadata": {"sha256": upload.sha256}, "ChecksumAlgorithm": "SHA256"}
    s3.upload_file(str(upload.path), bucket, upload.key, ExtraArgs=extra, Callback=sent)


def _note(dataset: str, sent: Sequence[Upload], *, there: int) -> str:
    parts = []
    if sent:
        parts.append(f"{words.count(len(sent), 'file')} to raw/{dataset}/ ({words.size(sum(upload.bytes for upload in sent))})")
    if there:
        parts.append(f"{words.count(there, 'file')} already there" + ("" if sent else f" in raw/{dataset}/"))
    return ", ".join(parts)
