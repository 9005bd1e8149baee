"""What people type wrong, and what they read then: what, where and what to do, in one line; no traceback, no exit code 0."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import home
from lakemill.curated import parse
from tests.cli.conftest import Fake
from tests.cli.kinds import Mill

ROOT = Path(__file__).resolve().parents[2]
AWS = ("--home", "aws")

# what is typed | what the message says went wrong | what it says to do
TYPED = [
    ("load cals x.csv", "no dataset 'cals' in lakemill/datasets", "Declared are: calls, carriers"),
    ("load calls nosuch.csv", "nosuch.csv: no such file", "name other files"),
    ("load calls README.md", "not a .csv or .csv.gz file", "name other files"),
    ("sample cals --to x", "no dataset 'cals'", "Declared are"),
    ("declare Foo-Bar README.md", "'Foo-Bar' cannot name a dataset", "lower case letters"),
    ("declare calls README.md", "lakemill/datasets/calls.py is there already", "Choose another name"),
    ("declare foo docs/guide/README.md", "README.md", "mma"),
    ("run cals --home aws", "no flow 'cals' is deployed", "There are: calls"),
    ("run calls --since 2026-13-01", "'2026-13-01' is not a date", "YYYY-MM-DD"),
    ("run calls --dry-run --since 2026-11-02 --until 2026-11-01 --home aws", "--since 2026-11-02 is after --until", "Swap them"),
    ("run maintenance --dry-run --home aws", "maintenance takes no files", "mill run maintenance --home aws"),
    ("crawl --home aws", "name one dataset", "mill crawl calls"),
    ("crawl cals --home aws", "no dataset 'cals'", "Declared are"),
    ("quarantine show cals --home aws", "no dataset 'cals'", "Declared are"),
    ("queries nothing --home aws", "no named query 'nothing'", "There are:"),
    ("query @nothing --home aws", "no named query 'nothing'", "There are:"),
    ("cost --run foo --home aws", "'foo' is no run of a flow", "Runs begin with one of: calls"),
    ("demo --data tests", "tests holds no .csv", "leave out --data"),
    ("status", "the local home is not up", "Start it: mill up"),
    ("env", "the local home is not up", "Start it: mill up"),
    ("cdk ls", "the local home is not up", "Start it: mill up"),
    ("report", "the local home is not up", "Start it: mill up"),
    ("query x", "the local home is not up", "Start it: mill up"),
]
USAGE = ["loaf", "load", "load calls", "run", "query", "status --env test", "status --home mars", "sample calls", "cost --format xml"]


def told(result: object) -> str:
    """The one message of a command that failed."""
    text, code = getattr(result, "stderr", ""), getattr(result, "exit_code", getattr(result, "returncode", 0))
    assert code == 1, text
    message = text[text.index("mill: ") :]
    assert "Traceback" not in text
    assert "unexpected" not in message
    return str(message)


@pytest.mark.parametrize(("typed", "what", "to_do"), TYPED, ids=[typed for typed, _, _ in TYPED])
def test_a_mistake_is_told_with_what_to_do(
    typed: str, what: str, to_do: str, mill: Mill, aws: Fake, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if "--home aws" not in typed:
        monkeypatch.undo()  # no platform behind it
        monkeypatch.setenv("LAKEMILL_HOME", str(request.getfixturevalue("tmp_path") / "home"))
    monkeypatch.chdir(ROOT)
    said = told(mill(*typed.split()))
    assert what in said
    assert to_do in said.split(what)[1]
    assert said.count("\n") == 1


@pytest.mark.parametrize("typed", USAGE)
def test_a_command_that_cannot_be_understood_names_the_help(typed: str, mill: Mill) -> None:
    result = mill(*typed.split())
    assert result.exit_code == 2
    assert "Try 'mill" in result.stderr.replace("root", "mill")
    assert "-h' for help" in result.stderr


@pytest.mark.parametrize(
    ("reason", "to_do"),
    [
        ("TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lakemill_dev_cleaned.x' does not exist", 'mill query "show tables in cleaned"'),
        ("SCHEMA_NOT_FOUND: line 1:15: Schema 'lake' does not exist", "raw, cleaned, curated, quarantine"),
        ("COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved", 'mill query "describe cleaned.calls"'),
        ("Query cancelled! : Bytes scanned limit was exceeded", "scan_limit_mb in cdk.json"),
        ("DIVISION_BY_ZERO: Division by zero", "Mend the SQL"),
    ],
)
def test_a_query_that_fails_says_where_to_look(reason: str, to_do: str, mill: Mill, aws: Fake) -> None:
    aws.query_state = {"State": "FAILED", "StateChangeReason": reason}
    assert to_do in told(mill("query", "select 1", *AWS))


def _run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`mill` in a shell without any account."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LAKEMILL_"))}
    nowhere = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    env = {**plain, **nowhere, **variables, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "cli", *arguments], cwd=ROOT, env=env, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("variables", "to_do"),
    [
        ({}, "export AWS_REGION=eu-west-1"),
        ({"AWS_REGION": "eu-west-1"}, "aws sso login"),
        ({"AWS_REGION": "eu-west-1", "AWS_PROFILE": "nope"}, "aws configure list-profiles"),
    ],
    ids=["no region", "no credentials", "no such profile"],
)
def test_a_shell_without_an_account_is_told_how_to_get_one(variables: dict[str, str], to_do: str) -> None:
    assert to_do in told(_run("status", *AWS, **variables))


@pytest.mark.parametrize("command", ["up", "status"])
def test_a_home_in_a_place_that_is_no_folder_is_told_with_the_way_out(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = told(_run(command, LAKEMILL_HOME=str(tmp_path / "file")))
    assert ("export LAKEMILL_HOME=FOLDER" if command == "up" else "mill up") in said


@pytest.fixture
def declaring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Adds a file to the declared datasets."""
    from lakemill import datasets

    monkeypatch.setattr(datasets, "__path__", [*datasets.__path__, str(tmp_path)])
    monkeypatch.setattr("cli.load.declared", datasets.declared.__wrapped__)

    def write(text: str) -> None:
        (tmp_path / "zz_wrong.py").write_text("from lakemill.declare import Column, Dataset\n\n" + text)

    yield write
    sys.modules.pop("lakemill.datasets.zz_wrong", None)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("DATASET = Dataset(", "lakemill/datasets/zz_wrong.py: '(' was never closed (zz_wrong.py, line 3)"),
        ("DATASET = Datset()", "lakemill/datasets/zz_wrong.py, line 3: name 'Datset' is not defined"),
        ('COLUMN = Column(name="A B")', "lakemill/datasets/zz_wrong.py, line 3: column 'A B': use lower case letters"),
        ("DATASET = 1", "DATASET is no Dataset(…), but 1"),
        ("", "has no attribute 'DATASET'"),
    ],
)
def test_a_wrong_declaration_is_told_with_its_file_and_line(text: str, what: str, declaring: Callable[[str], None], mill: Mill) -> None:
    declaring(text)
    said = told(mill("load", "calls", "x.csv"))
    assert what in said
    assert said.endswith("Mend that file, then try again\n")


def test_a_wrong_curated_table_is_told_before_anything_is_deployed(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = home.Keys(access_key_id="id", secret_access_key="secret")
    here = home.Home(pid=1, endpoint="http://127.0.0.1:1", region="eu-west-1", account="0", profiles={"user": keys, "deployer": keys})
    monkeypatch.setattr("cli.home.running", lambda: here)
    monkeypatch.setattr("cli.up._has_toolkit", lambda _: True)
    monkeypatch.setattr("cli.up.watched", lambda *_, **__: pytest.fail("it went on"))
    monkeypatch.setattr("cli.up.tables", lambda: {"bad": parse("bad", text="select 1")})
    said = told(mill("up", "--deploy"))
    assert "sql/curated/bad.sql: the header lacks description, sources, key" in said
    assert said.endswith("Mend that file, then try again\n")


@pytest.mark.parametrize("text", ["{,}", "{}"])
def test_wrong_settings_stop_the_doctor(text: str, mill: Mill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cdk.json").write_text(text)
    monkeypatch.setattr("cli.doctor.settings.ROOT", tmp_path)
    result = mill("doctor")
    assert result.exit_code == 1
    assert f"settings               {tmp_path / 'cdk.json'} " in result.stdout
    assert home.ROOT == ROOT


def test_a_wrong_setting_is_one_line_of_the_cdk_too() -> None:
    context = '{"env": "staging", "environments": {"dev": {}}}'
    env = {**os.environ, "CDK_CONTEXT_JSON": context, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "Error: -c env=staging: no such environment in cdk.json; allowed is one of dev\n"
