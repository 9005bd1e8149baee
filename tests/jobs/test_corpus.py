"""The whole input corpus in one run: every file ends as its table says, and no file keeps another from being taken."""

import hashlib
from typing import Any

import pytest
from lake import Lake

from tests.corpus.files import Case, cases

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def corpus() -> list[Case]:
    return list(cases())


def test_every_file_of_the_corpus_ends_as_expected(lake: Lake, corpus: list[Case], capsys: pytest.CaptureFixture[str]):
    for case in corpus:
        lake.put(case.key, case.make())
    lake.clean_run("r")
    counts = "rows_in, rows_cleaned, rows_quarantined, rows_duplicate, rows_warned"
    accounts = {line[0]: line[1:] for line in lake.rows(f"select source_file, {counts} from cleaned.ledger")}
    wanted = {case.key: case.expected for case in corpus}
    assert accounts == {key: (e.rows_in, e.cleaned, e.quarantined, e.duplicate, e.warned) for key, e in wanted.items()}
    found: dict[str, dict[str, Any]] = {case.key: {} for case in corpus}
    for key, reason, line in lake.rows("select source_file, reason, line from quarantine.calls order by line"):
        found[key][reason] = None if line is None else [*found[key].get(reason, []), line]
    assert found == {key: dict(e.refused) for key, e in wanted.items()}
    assert lake.sums()[:4] == (*(sum(account[at] for account in accounts.values()) for at in range(4)),)
    assert lake.sums()[4:] == (lake.sums()[1], lake.sums()[2])
    the_text_of_a_refused_row_is_kept_as_received(lake, {case.key: case.make() for case in corpus})
    said = capsys.readouterr().out
    assert "1 row kept against the rule disconnects_in_order" in said
    lake.clean_run("again")
    assert "calls: nothing new" in capsys.readouterr().out


def the_text_of_a_refused_row_is_kept_as_received(lake: Lake, contents: dict[str, bytes]) -> None:
    kept = {
        (key, line): (raw, digest)
        for key, line, raw, digest in lake.rows("select source_file, line, raw, raw_sha256 from quarantine.calls where line is not null")
    }
    assert kept["calls/crlf.csv", 4] == ("bad", None)
    assert kept["calls/quoted.csv", 6] == ('10-01-2019 09:12,"three\n\nfour",,,,1', None)
    assert kept["calls/open-quote.csv", 3] == ('10-01-2019 09:12,"9,9,,,42', None)
    assert kept["calls/nul.csv", 2] == ("bad\0", None)
    assert kept["calls/cut.csv", 2] == ("x" * 65_533, hashlib.sha256(b"x" * 200_000).hexdigest())
    latin = contents["calls/latin.csv"].split(b"\n")[2]
    assert kept["calls/latin.csv", 3] == (latin.decode(errors="replace"), hashlib.sha256(latin).hexdigest())
