"""Carriers: the reference list that gives the numbers in call records their names."""

from lakemill.declare import Column, Dataset, Type

DATASET = Dataset(
    name="carriers",
    description="Names of carriers. A later file may rename a carrier: readers take the row loaded last.",
    columns=(
        Column(name="carrier_id", type=Type.INTEGER, required=True, description="the number in call records"),
        Column(name="carrier_name", required=True, description="the name people know"),
        Column(name="country", description="ISO 3166 code of two letters"),
    ),
    flow="calls",
)
