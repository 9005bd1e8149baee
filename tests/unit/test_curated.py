"""Curated tables are SQL files with a header; what depends on what is known before anything runs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lakemill import curated, publish
from lakemill.datasets import dataset, declared
from lakemill.declare import DeclarationError, Publication

ROOT = Path(__file__).parents[2]
HEADER = "-- description: d\n-- sources: {sources}\n-- key: k\n"


def table(name: str, *, reads: str) -> curated.Curated:
    sources = reads.replace("{", "").replace("}", "")
    return curated.parse(name, text=HEADER.replace("{sources}", sources) + f"select k from {', '.join(reads.split(', '))}")


def test_the_projects_own_tables_parse_and_can_be_ordered():
    ordered = curated.in_order(curated.tables().values(), datasets=list(declared()))
    assert [each.name for each in ordered] == ["call_outcomes", "hourly_traffic"]
    assert curated.tables()["hourly_traffic"].key == ("hour", "carrier_id")


def test_a_missing_header_line_is_named_with_its_remedy():
    with pytest.raises(DeclarationError, match=r"sql/curated/t.sql: the header lacks key; write a line `-- key: …`"):
        curated.parse("t", text="-- description: d\n-- sources: cleaned.a\nselect 1 from {cleaned}.a")


def test_a_source_that_the_sql_reads_must_stand_in_the_header():
    with pytest.raises(DeclarationError, match=r"the header says sources cleaned.a, the SQL reads cleaned.b"):
        curated.parse("t", text=HEADER.replace("{sources}", "cleaned.a") + "select k from {cleaned}.b")


def test_tables_come_after_their_sources():
    first, second = table("z_first", reads="{cleaned}.a"), table("a_second", reads="{curated}.z_first")
    assert curated.in_order([second, first], datasets=["a"]) == [first, second]


def test_a_circle_is_shown():
    circle = [table("one", reads="{curated}.two"), table("two", reads="{curated}.one")]
    with pytest.raises(DeclarationError, match=r"in a circle: curated\.(one -> curated\.two|two -> curated\.one)"):
        curated.in_order(circle, datasets=[])


def test_an_unknown_source_is_named_with_the_known_ones():
    with pytest.raises(DeclarationError, match=r"sql/curated/t.sql: no source cleaned.x; there are cleaned.a, curated.t"):
        curated.in_order([table("t", reads="{cleaned}.x")], datasets=["a"])


def test_a_change_reaches_tables_that_read_it_through_others():
    chain = [table("one", reads="{cleaned}.a"), table("two", reads="{curated}.one"), table("other", reads="{cleaned}.b")]
    assert [each.name for each in curated.depending_on(chain, datasets=["a"])] == ["one", "two"]


def test_the_fingerprint_changes_with_the_sql_and_with_a_source():
    one = table("one", reads="{cleaned}.a")
    same = one.fingerprint({"cleaned.a": "1"})
    assert same == table("one", reads="{cleaned}.a").fingerprint({"cleaned.a": "1"})
    assert same != one.fingerprint({"cleaned.a": "2"})
    assert same != curated.parse("one", text=one.sql + " where true").fingerprint({"cleaned.a": "1"})


def test_everything_works_from_inside_a_zip(tmp_path):
    bundle = tmp_path / "glue.zip"
    with zipfile.ZipFile(bundle, "w") as made:
        for path in [*ROOT.glob("lakemill/**/*.py"), *ROOT.glob("sql/curated/*.sql")]:
            made.write(path, path.relative_to(ROOT))
    code = "from lakemill import curated, datasets; print(*curated.tables(), *datasets.declared(), curated.__file__)"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(bundle)!r}); {code}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[:5] == ["call_outcomes", "hourly_traffic", "calls", "carriers", "retail"]
    assert str(bundle) in done.stdout


def test_a_published_copy_leaves_personal_data_out_unless_asked():
    calls = dataset("calls")
    assert "translated_calling_number" not in publish.columns(calls, publication=Publication(name="open"))
    assert publish.columns(calls, publication=calls.published[0]) == [column.name for column in calls.columns]


def test_a_copy_is_never_written_into_the_live_folder():
    copy = Publication(name="processed")
    assert publish.folder(copy, run_id="r", live="") == "published/processed/run=r/"
    assert publish.folder(copy, run_id="r", live="s3://b/published/processed/run=r/") == "published/processed/run=r-again/"


def test_the_published_table_reads_csv_as_text_and_skips_the_header():
    made = publish.table(Publication(name="processed"), names=["a"], location="s3://b/x/", parameters={"p": "1"})
    assert made["StorageDescriptor"]["Columns"] == [{"Name": "a", "Type": "string"}]
    assert made["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("OpenCSVSerde")
    assert made["Parameters"] == {"EXTERNAL": "TRUE", "classification": "csv", "skip.header.line.count": "1", "p": "1"}
