"""A deployed platform whose home records what IAM decides, and the policies deployed in it."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

from tests.flows.platform import Platform
from tests.permissions.agreed import ACCOUNT, REGION
from tests.permissions.evaluator import Call
from tests.permissions.world import Account, Role, World


@dataclass(frozen=True)
class Decision:
    """One line of the record: a call of a role, and whether the home allowed it."""

    call: Call
    allowed: bool


class Recorded:
    """One environment of a platform, with its record of decisions."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.file = platform.home / "decisions.jsonl"

    @cached_property
    def world(self) -> World:
        """The policies as deployed, resolved by the evaluator's own reading of the deployed templates."""
        cloudformation = self.platform.client("cloudformation", root=True)
        templates, physical = {}, {}
        for name in self.platform.stacks(f"-{self.platform.env}-"):
            stage = name.split("-")[2]
            templates[stage] = cloudformation.get_template(StackName=name)["TemplateBody"]
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
                physical |= {(stage, each["LogicalResourceId"]): each["PhysicalResourceId"] for each in page["StackResourceSummaries"]}
        read = {stage: json.loads(each) if isinstance(each, str) else each for stage, each in templates.items()}
        return World(read, Account(REGION, ACCOUNT, lambda stage, id_: physical[stage, id_]))

    @property
    def decisions(self) -> list[Decision]:
        """What was decided so far about the roles of this environment, each different decision once."""
        roles = {each.arn.rsplit("/", 1)[-1]: each.arn for each in self.world.roles.values()}
        found: dict[Decision, None] = {}
        for line in self.file.read_text().splitlines():
            read = json.loads(line)
            kind, _, rest = read["caller"].rpartition(":")[2].partition("/")
            name = rest.split("/")[0]
            if kind == "assumed-role" and name in roles:
                found[Decision(Call(roles[name], read["action"], read["resource"], read["context"]), read["allowed"])] = None
        return list(found)

    def calls(self, role: Role) -> list[Call]:
        """What a role was allowed to do so far."""
        return [each.call for each in self.decisions if each.allowed and each.call.role == role.arn]

    def session(self, role: Role) -> Callable[[str], Any]:
        """Clients that act as a role. Only its service may assume it, so the home's root is let in for a moment."""
        iam, sts = self.platform.client("iam", root=True), self.platform.client("sts", root=True)
        name = role.arn.rsplit("/", 1)[-1]
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [root]}))
        try:
            found = sts.assume_role(RoleArn=role.arn, RoleSessionName="test")["Credentials"]
        finally:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        keys = {"aws_access_key_id": found["AccessKeyId"], "aws_secret_access_key": found["SecretAccessKey"]}
        home = json.loads((self.platform.home / "home.json").read_text())
        return lambda service: boto3.client(
            service, endpoint_url=home["endpoint"], region_name=home["region"], aws_session_token=found["SessionToken"], **keys
        )

    def stop_while(self, action: str, *, flow: str) -> None:
        """Start a flow and stop it as soon as its role has done `action`."""
        states = self.platform.client("stepfunctions", root=True)
        machine = self.platform.output("flows", f"Flow{flow}")
        execution = states.start_execution(stateMachineArn=machine)["executionArn"]
        self.until(action, execution=execution)
        states.stop_execution(executionArn=execution)

    def until(self, action: str, *, execution: str) -> None:
        """Wait until a session named after the execution has done `action`."""
        session = execution.rsplit(":", 1)[-1]
        wait_for(lambda: any(session in line and f'"{action}"' in line for line in self.file.read_text().splitlines()))


def wait_for(look: Callable[[], Any], *, seconds: float = 60) -> Any:
    """The first true answer of `look`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def files(paths: Iterable[Path]) -> list[Path]:
    return sorted(paths)
