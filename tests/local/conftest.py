"""One home for all tests of the home, in a folder of its own, with clients for root, the deployer and the user."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).parents[2]
READY_SECONDS = 120


@dataclass
class Home:
    """A running home: where it is, and clients that act as someone in it."""

    folder: Path
    process: subprocess.Popen[bytes]
    about: dict[str, Any]
    seconds_to_ready: float

    def keys(self, who: str) -> dict[str, str]:
        if who == "root":
            return dict(json.loads((self.folder / "root.json").read_text())["root"])
        return dict(self.about["profiles"][who])

    def client(self, service: str, who: str = "root", **session: str) -> Any:
        keys = session or {"aws_" + k: v for k, v in self.keys(who).items()}
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return boto3.client(service, endpoint_url=self.about["endpoint"], region_name=self.about["region"], config=config, **keys)

    def as_role(self, service: str, arn: str) -> Any:
        found = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return self.client(
            service,
            aws_access_key_id=found["AccessKeyId"],
            aws_secret_access_key=found["SecretAccessKey"],
            aws_session_token=found["SessionToken"],
        )

    def stop(self) -> float:
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
        return time.monotonic() - began


def start_home(folder: Path, **settings: str) -> Home:
    command = [sys.executable, "-m", "local", "--folder", str(folder), "--engines", str(ROOT / ".local" / "engines")]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | settings
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while _pid(folder) != process.pid:
        if process.poll() is not None or time.monotonic() - began > READY_SECONDS:
            process.kill()
            log = folder / "home.log"
            pytest.fail(f"the home did not start: {process.communicate()} {log.read_text()[-3000:] if log.exists() else ''}")
        time.sleep(0.02)
    return Home(folder, process, json.loads((folder / "home.json").read_text()), time.monotonic() - began)


def _pid(folder: Path) -> int:
    about = folder / "home.json"
    return int(json.loads(about.read_text())["pid"]) if about.exists() else 0


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home that tests share. Tests make names of their own in it."""
    started = start_home(tmp_path_factory.mktemp("home"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Home]]:
    """Starts further homes, and ends those that a test left running."""
    made: list[Home] = []

    def start(folder: Path | None = None, **settings: str) -> Home:
        made.append(start_home(folder or tmp_path_factory.mktemp("home"), **settings))
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture(scope="session")
def make_role(home: Home) -> Callable[..., str]:
    """`make_role_in` the shared home."""
    return make_role_in(home)


def make_role_in(home: Home) -> Callable[..., str]:
    """Makes a role that the account and the home's services may assume, with the given statements; returns its ARN."""

    def make(name: str, *statements: dict[str, Any]) -> str:
        services = [f"{s}.amazonaws.com" for s in ("glue", "states", "scheduler", "lambda")]
        trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root", "Service": services}, "Action": "sts:AssumeRole"}
        iam = home.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"][
            "Arn"
        ]
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        return str(arn)

    return make


def allow(*actions: str, on: str | list[str] = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def until(look: Callable[[], Any], *, seconds: float = 120, every: float = 0.1) -> Any:
    """The first true answer of `look`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(every)
    raise AssertionError("waited in vain")
