"""The platform as a user has it: `mill`, in a home of its own or against AWS."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parents[2]
UNTRACKED = (".git", ".venv", "node_modules", ".local", "cdk.out", "__pycache__", ".*_cache")
INSTALLED = (".venv", "node_modules", ".local/engines", ".local/cache")


@dataclass(frozen=True)
class Platform:
    """`mill` of one project folder, working against one home and one environment. `where` is local or aws."""

    home: Path
    where: str = "local"
    env: str = "dev"
    project: Path = ROOT

    def of(self, env: str) -> "Platform":
        """The platform of another environment in the same home."""
        return replace(self, env=env)

    def try_mill(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command and return it as it ended."""
        env = {**os.environ, "LAKEMILL_HOME": str(self.home), "CDK_VALIDATION": "false", "PYTHONPATH": str(self.project)}
        command = [sys.executable, "-m", "cli", *map(str, arguments)]
        return subprocess.run(command, cwd=self.project, env=env, capture_output=True, text=True, timeout=600, check=False)

    def mill(self, *arguments: str | Path) -> str:
        """Run a command that must succeed; its standard output."""
        ended = self.try_mill(*arguments)
        assert ended.returncode == 0, f"mill {' '.join(map(str, arguments))}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def there(self, command: str, *arguments: str | Path) -> str:
        """Run a command that knows --home and --env."""
        return self.mill(command, *arguments, "--home", self.where, "--env", self.env)

    def deploy(self, *arguments: str) -> None:
        """Deploy all stacks with the unmodified CDK command line."""
        self.mill("cdk", "deploy", "--all", "--require-approval", "never", *arguments)

    def destroy(self, *arguments: str) -> None:
        """Destroy all stacks with the unmodified CDK command line."""
        self.mill("cdk", "destroy", "--all", "--force", *arguments)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The answer to a query, a dictionary per row."""
        answer: list[dict[str, Any]] = json.loads(self.there("query", sql, "--format", "json", "--max-rows", "0"))
        return answer

    def client(self, service: str, *, root: bool = False) -> Any:
        """A boto3 client of the platform's user; with `root`, of the home's root key."""
        if self.where == "aws":
            return boto3.client(service)
        home = json.loads((self.home / "home.json").read_text())
        keys = json.loads((self.home / "root.json").read_text())["root"] if root else home["profiles"]["user"]
        return boto3.client(
            service,
            endpoint_url=home["endpoint"],
            region_name=home["region"],
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
        )

    def stacks(self, part: str) -> list[str]:
        """Names of the deployed stacks that contain `part`."""
        found = self.client("cloudformation", root=True).describe_stacks()["Stacks"]
        return [each["StackName"] for each in found if part in each["StackName"] and not each["StackStatus"].startswith("DELETE")]

    def keys(self, bucket: str) -> list[str]:
        """The keys of a bucket's objects."""
        return [each["Key"] for each in self.client("s3", root=True).list_objects_v2(Bucket=bucket).get("Contents", [])]

    def output(self, stage: str, name: str) -> str:
        """An output of a deployed stack."""
        (stack,) = self.client("cloudformation").describe_stacks(StackName=f"lakemill-{self.env}-{stage}")["Stacks"]
        return {each["OutputKey"]: str(each["OutputValue"]) for each in stack["Outputs"]}[name]

    def table(self, zone: str, name: str) -> dict[str, Any]:
        """A table as the Glue catalog holds it."""
        found: dict[str, Any] = self.client("glue").get_table(DatabaseName=f"lakemill_{self.env}_{zone}", Name=name)["Table"]
        return found

    def version(self, zone: str, name: str) -> str:
        """What changes with every commit: an Iceberg table's metadata file."""
        return str(self.table(zone, name)["Parameters"]["metadata_location"])

    def value(self, sql: str) -> Any:
        """The one value that a query answers."""
        (row,) = self.rows(sql)
        (value,) = row.values()
        return value


def edit(path: Path, *, old: str, new: str) -> None:
    """Change one text of a project's file."""
    text = path.read_text()
    assert old in text, f"{path} has changed: {old!r} is gone"
    path.write_text(text.replace(old, new))


@contextmanager
def deployed(home: Path, *, where: str = "local", project: Path = ROOT) -> Iterator[Platform]:
    """A deployed platform in a home of its own, which is erased at the end. Against AWS it was deployed before, and stays."""
    platform = Platform(home, where, project=project)
    if where == "aws":
        yield platform
        return
    try:
        platform.mill("up")
        yield platform
    finally:
        platform.try_mill("down", "--erase", "--yes")


def copied(project: Path) -> Path:
    """A copy of the project in a folder, to change; what is installed is linked."""
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*UNTRACKED))
    (ROOT / ".local/cache").mkdir(parents=True, exist_ok=True)
    for name in INSTALLED:
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).symlink_to(ROOT / name)
    return project
