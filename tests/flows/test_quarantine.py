"""Refused rows after a fix: judged again, each moves exactly once."""

from pathlib import Path

import pytest

from tests.flows.platform import Platform, edit

pytestmark = [pytest.mark.usefixtures("local_only"), pytest.mark.slow]

METERS = '''
"""Meters as they were read."""

from lakemill.declare import Column, Dataset, Rule, Type

DATASET = Dataset(
    name="meters",
    description="Meters as they were read",
    columns=(Column(name="meter", required=True, pii=True), Column(name="energy", type=Type.DOUBLE)),
    rules=(Rule(name="plausible", check="energy < 100"),),
)
'''
FILE = "meter,energy\n" + "".join(f"m{number},{number}\n" for number in range(20)) + "m20,500\nm21,600\n,7\n"
ACCOUNT = "select sum(rows_in) as i, sum(rows_cleaned) as c, sum(rows_quarantined) as q, sum(rows_duplicate) as d from cleaned.ledger"


def test_after_a_fix_refused_rows_move_exactly_once(changed: Platform, tmp_path: Path) -> None:
    declaration = changed.project / "lakemill/datasets/meters.py"
    declaration.write_text(METERS)
    changed.deploy()
    (tmp_path / "meters.csv").write_text(FILE)
    changed.mill("load", "meters", tmp_path / "meters.csv")
    assert "meters.csv" in changed.mill("run", "meters", "--dry-run")
    changed.mill("run", "meters")
    shown = changed.mill("quarantine", "show", "meters", "--reason", "rule", "--format", "csv")
    assert [line.split(",")[1:3] for line in shown.splitlines()[1:]] == [["22", "rule:plausible"], ["23", "rule:plausible"]]
    assert account(changed) == {"i": 23, "c": 20, "q": 3, "d": 0}

    edit(declaration, old="energy < 100", new="energy < 1000")
    changed.deploy()
    told = changed.mill("quarantine", "retry", "meters")
    assert "meters: 2 rows left quarantine: 2 cleaned, 0 duplicate." in told
    assert "Still in quarantine: 1 row of meters." in told
    assert "missing:meter" in told
    assert account(changed) == {"i": 23, "c": 22, "q": 1, "d": 0}
    assert changed.value("select count(*) from cleaned.meters where energy >= 500") == 2

    again = changed.mill("quarantine", "retry", "meters")
    assert "No row of meters moved." in again
    assert account(changed) == {"i": 23, "c": 22, "q": 1, "d": 0}
    assert changed.value("select count(*) from cleaned.meters") == 22


def account(platform: Platform) -> dict[str, int]:
    """What the ledger says of the meters."""
    (found,) = platform.rows(f"{ACCOUNT} where dataset = 'meters'")
    return found
