"""`mill assign`: asks a model's endpoint which group lines belong to."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from cli import screen
from cli.formats import as_table
from cli.options import on_a_platform
from cli.platform import PROJECT, Platform, options
from cli.problem import Problem
from lakemill import models
from lakemill.learning import Model

_AT_ONCE = 2_000  # lines in one request: a serverless endpoint takes 4 MB
_SWITCH = '"model_endpoint": "serverless", "endpoint_isolated": false'


@on_a_platform
def assign(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.")],
    lines: Annotated[
        list[str], typer.Argument(metavar="LINE", help="id,value,value… in the order of the model's features, or a file of such.")
    ],
    *,
    platform: Platform,
) -> None:
    """Ask a model's endpoint which group each line belongs to.

    There is an endpoint where the setting model_endpoint asks for one, from the first run on.

    Example: [bold]mill assign segments 12346,325,1,77183.60[/]   [bold]mill assign segments customers.csv --home aws[/]
    """
    if model not in models.declared():
        raise Problem(f"no model {model!r} in lakemill/models", f"Declared are: {', '.join(models.declared()) or 'none'}")
    known = models.model(model)
    given = list(chain.from_iterable(_lines(each, model=known) for each in lines))
    rows = [row for first in range(0, len(given), _AT_ONCE) for row in _asked(platform, known, given[first : first + _AT_ONCE])]
    screen.out.print(as_table(tuple(known.answers), rows, right=[kind != "string" for kind in known.answers.values()]))


def _lines(given: str, *, model: Model) -> Iterator[str]:
    """A line, or those of a file without its header."""
    path = Path(given)
    texts = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else [given]
    width = 1 + len(model.features)
    for number, text in enumerate(texts, 1):
        cells = [cell.strip() for cell in text.split(",")]
        if not text.strip() or cells == [model.id, *model.features]:
            continue
        if len(cells) != width or not all(_is_number(cell) for cell in cells[1:]):
            where = f"line {number} of {given}" if path.is_file() else repr(given)
            raise Problem(
                f"{where} is no line of {model.name}", f"Write {','.join((model.id, *model.features))}, all but the first numbers"
            )
        yield ",".join(cells)


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


def _asked(platform: Platform, model: Model, lines: Iterable[str]) -> list[tuple[str, ...]]:
    """The endpoint's answers; a Problem that says how to have an endpoint if there is none."""
    from botocore.exceptions import ClientError

    name = f"{PROJECT}-{platform.env}-{model.name.replace('_', '-')}"
    body = "".join(f"{line}\n" for line in lines)
    try:
        answer = platform.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name, Body=body, ContentType="text/csv", Accept="text/csv"
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ModelError":
            said = error.response.get("OriginalMessage", str(error))
            raise Problem(f"the model refused: {said}", f"Its log: /aws/sagemaker/Endpoints/{name}") from error
        if "not found" not in str(error):
            raise
        switch = f"Write {_SWITCH} for {platform.env} in cdk.json. {platform.how_to_deploy}, then: mill run {model.name}{options(platform)}"
        raise Problem(f"{model.name} has no endpoint {name}", switch) from error
    return [tuple(line.split(",")) for line in answer["Body"].read().decode().splitlines()]
