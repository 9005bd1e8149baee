"""Who may import what (the table in the README). Packages by import-linter, script folders by their syntax trees."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import DEPLOYED, ROOT, imports, python_files, text, tracked, tree

STANDARD = frozenset(sys.stdlib_module_names)


def attributes(path: Path) -> set[str]:
    """Names after a dot, and names imported from a module."""
    found = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    return found | {alias.name for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", list(python_files("lakemill")), ids=str)
def test_lakemill_needs_only_the_standard_library_and_where_it_runs_boto3(path: Path) -> None:
    run_on_aws = {"boto3"} if path == Path("lakemill/metrics.py") else set()
    if path.name.startswith("keyspaces"):
        run_on_aws = {"cassandra", "cassandra_sigv4"}
    assert imports(path) - STANDARD - {"lakemill"} - run_on_aws == set()
    assert imports(path, top_level_only=True) - STANDARD - {"lakemill"} == set()


@pytest.mark.parametrize("path", list(python_files("glue_scripts")), ids=str)
def test_a_glue_script_imports_what_glue_has_and_boto3_only_when_it_runs(path: Path) -> None:
    assert imports(path) - STANDARD - {"lakemill", "pyspark", "boto3", "botocore", "awsglue"} == set()
    assert imports(path, top_level_only=True).isdisjoint({"boto3", "botocore", "awsglue"})


@pytest.mark.parametrize("path", list(python_files("glue_scripts")), ids=str)
def test_a_glue_script_leaves_the_session_to_its_launcher(path: Path) -> None:
    builders = {"master", "config", "enableHiveSupport"}
    called = {node.func.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
    assert called.isdisjoint(builders)


@pytest.mark.parametrize("path", list(python_files("lambda")), ids=str)
def test_a_function_imports_what_lambdas_python_3_14_has(path: Path) -> None:
    gone_since_3_11 = {"asynchat", "asyncore", "distutils", "imp", "smtpd", "cgi", "crypt", "imghdr", "pipes", "telnetlib", "uu"}
    assert imports(path) - (STANDARD - gone_since_3_11) - {"lakemill", "boto3", "botocore"} == set()


@pytest.mark.parametrize("path", list(python_files("tools")), ids=str)
def test_a_build_step_needs_only_the_standard_library(path: Path) -> None:
    assert imports(path) - STANDARD == set()


@pytest.mark.parametrize("path", list(python_files("stacks")), ids=str)
def test_a_stack_reads_no_environment_variable(path: Path) -> None:
    assert [name for name in ("environ", "environb", "getenv") if name in attributes(path)] == []


@pytest.mark.parametrize("path", [path for path in tracked() if path.parts[0] in DEPLOYED], ids=str)
def test_nothing_deployed_knows_its_home(path: Path) -> None:
    said = text(path).lower()
    assert not [word for word in ("localhost", "127.0.0.1", "ministack", "endpoint_url", "endpoint-url", "aws_endpoint") if word in said]


def test_the_home_names_nothing_that_it_runs() -> None:
    from lakemill.curated import tables
    from lakemill.datasets import by_flow, declared

    names = {*declared(), *by_flow(), *tables(), "lakemill"}
    said = {
        (str(path), node.value)
        for path in python_files("local")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names
    }
    assert said == set()


@pytest.mark.parametrize("path", list(python_files("training")), ids=str)
def test_a_training_script_imports_what_its_image_has_and_files_beside_it(path: Path) -> None:
    beside = {each.stem for each in (ROOT / path).parent.glob("*.py")}
    assert imports(path) - STANDARD - beside - {"numpy", "scipy", "pandas", "pyarrow", "sklearn"} == set()
    assert not {"pickle", "joblib", "dill"} & imports(path)
