"""Drift between what a crawler finds and what a dataset declares."""

import pytest

from lakemill.declare import Column, Dataset, Type
from lakemill.drift import drift

DATASET = Dataset(
    name="things",
    description="Things",
    columns=(
        Column(name="name", source="Name", required=True),
        Column(name="amount", type=Type.INTEGER),
        Column(name="price", type=Type.DOUBLE),
        Column(name="weight", type=Type.DOUBLE, format="0,0"),
        Column(name="on_sale", type=Type.BOOLEAN),
        Column(name="sold", type=Type.DATE, format="yyyy-MM-dd"),
    ),
    dropped=("Old",),
)
FOUND = {
    "name": "string", "amount": "bigint", "price": "double", "weight": "string", "on_sale": "boolean", "sold": "string", "old": "bigint",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ()),
        ({"name": "bigint"}, ()),  # a text may well look like a number
        ({"sold": "bigint"}, ()),
        ({"price": "bigint"}, ()),
        ({"weight": "bigint"}, ()),
        ({"price": "string"}, ("price is declared double and holds other values: found string",)),
        ({"amount": "double"}, ("amount is declared int and holds other values: found double",)),
        ({"on_sale": "string"}, ("on_sale is declared boolean and holds other values: found string",)),
        ({"more": "string"}, ("more is in the files and not declared",)),
        ({"old": ""}, ()),
        ({"name": ""}, ("Name is declared and required, and in no file",)),
        ({"price": ""}, ("price is declared and in no file",)),
    ],
)
def test_drift_is_what_differs_and_nothing_else(changes: dict[str, str], said: tuple[str, ...]) -> None:
    found = {name: kind for name, kind in {**FOUND, **changes}.items() if kind}
    assert drift(DATASET, found) == said
