"""Whatever bytes a file holds that goes to Keyspaces, its lines are rows or refused with a reason, or the file is refused as a whole."""

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakemill import wide_lines
from lakemill.datasets import wide
from lakemill.wide_rows import RAW_CHARACTERS, HeaderError, Refused, Row, UnreadableError, fingerprint, rows
from tests.corpus.retail import FIRST, SECOND, line

RETAIL = wide()["retail"]
PIECES = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"\r\n", b" ", b"a", b"\xff", b"\0", b"\xef\xbb\xbf", b'""', b"1/2/10 8:26", line(1).encode()]
)
BYTES = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=60).map(b"".join))
HEADERS = st.sampled_from([b"", FIRST.encode() + b"\n", b"\xef\xbb\xbf" + SECOND.encode() + b"\r\n"])
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@given(HEADERS, BYTES, st.sampled_from(["plain", "packed", "named"]))
@same_folder
def test_any_bytes_end_in_rows_and_reasons_or_in_one_error(tmp_path: Path, header: bytes, content: bytes, how: str) -> None:
    path = tmp_path / ("a.csv" if how == "plain" else "a.csv.gz")
    path.write_bytes(gzip.compress(header + content) if how == "packed" else header + content)
    try:
        fingerprint(path)
        found = list(rows(path, dataset=RETAIL))
    except (HeaderError, UnreadableError):
        return
    numbers = [each.line for each in found]
    assert numbers == sorted(set(numbers)), "two lines have one key"
    for each in found:
        assert isinstance(each, Row) or (each.reason and len(each.raw) <= RAW_CHARACTERS)


@given(st.lists(st.one_of(st.integers(0, 99).map(line), st.text(alphabet='ab,"0 ', max_size=12)), max_size=30))
@same_folder
def test_no_line_that_is_a_row_on_its_own_is_lost_for_one_with_other_quotes(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([FIRST, *lines, ""]))
    found = list(rows(path, dataset=RETAIL))
    covered = "\n".join(each.raw if isinstance(each, Refused) else str(each.values) for each in found)
    for each in lines:
        if each.startswith("536"):
            assert each.split(",")[0] in covered


@pytest.mark.parametrize("text", ["x" * 10**6, '"' + "x" * 99 + ("\n" + "x" * 99) * 10**4, '"b\n",' * 10**5, "," * 10**6], ids=range(4))
def test_a_record_without_end_takes_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(wide_lines, "LONGEST", 2**14)
    path = tmp_path / "a.csv"
    path.write_text(f"{FIRST}\n{text}")
    tracemalloc.start()
    try:
        reasons = {each.reason for each in rows(path, dataset=RETAIL) if isinstance(each, Refused)}
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000
    assert reasons == {"broken_line"}
