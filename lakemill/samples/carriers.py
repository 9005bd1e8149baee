"""The reference list of carriers: ten invented names for the numbers in call records."""

from pathlib import Path

from lakemill.samples.planted import Planted

NAMES = (
    ("Aurora Telecom", "NO"),
    ("Bluebell Mobile", "GB"),
    ("Cassia Networks", "ES"),
    ("Dunlin Voice", "IE"),
    ("Ember Wireless", "AU"),
    ("Fjordlink", "NO"),
    ("Granite Tel", "CA"),
    ("Harbour Line", "NZ"),
    ("Indigo Exchange", "IN"),
    ("Juniper Calls", "US"),
)


def write(folder: Path, *, rows: int, files: int, seed: int) -> Planted:
    """carriers.csv, always the same."""
    del rows, files, seed
    lines = ["carrier_id,carrier_name,country", *(f"{number},{name},{country}" for number, (name, country) in enumerate(NAMES))]
    path = folder / "carriers.csv"
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    return Planted(files=(path,), rows=len(NAMES))
