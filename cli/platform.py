"""One deployed platform: its clients, and what its stacks say they made."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cli.clients import At, Clients, connect
from cli.problem import Problem

PROJECT = "lakemill"
STAGES = ("storage", "catalog", "process", "query", "train", "flows", "observe")
OPTIONAL = ("train",)  # not every environment has it
ZONES = ("raw", "cleaned", "curated", "quarantine")
_DEPLOYED = re.compile(r"(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE(_CLEANUP_IN_PROGRESS)?")


class Platform:
    """The platform of one environment at one home."""

    def __init__(self, clients: Clients, *, env: str, at: At) -> None:
        self.client = clients
        self.env = env
        self.at = at
        self._stacks: dict[str, Mapping[str, Any] | None] = {}

    def stack(self, stage: str) -> Mapping[str, Any] | None:
        """CloudFormation's description of a stage's stack; None when there is none."""
        if stage not in self._stacks:
            self._stacks[stage] = self.described(f"{PROJECT}-{self.env}-{stage}")
        return self._stacks[stage]

    def deployed(self, stage: str) -> bool:
        """Whether a stage's stack stands and can be used."""
        stack = self.stack(stage)
        return stack is not None and _DEPLOYED.fullmatch(stack["StackStatus"]) is not None

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that this platform must have, in order: those of every environment, and the others where they stand."""
        return tuple(stage for stage in STAGES if stage not in OPTIONAL or self.stack(stage))

    def outputs(self, stage: str) -> Mapping[str, str]:
        """A stage's outputs by name; a Problem that says how to deploy when the stage is not there."""
        stack = self.stack(stage)
        if stack is None or not self.deployed(stage):
            state = "is not deployed" if stack is None else f"is {stack['StackStatus']}"
            where = "the local home" if self.at is At.LOCAL else f"AWS {self.client.region}"
            raise Problem(f"stack {PROJECT}-{self.env}-{stage} {state} at {where}", self.how_to_deploy)
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", ())}

    def output(self, stage: str, name: str) -> str:
        """One output of a stage."""
        outputs = self.outputs(stage)
        if name not in outputs:
            raise Problem(f"stack {PROJECT}-{self.env}-{stage} has no output {name}", f"It may be an older one. {self.how_to_deploy}")
        return outputs[name]

    def bucket(self, zone: str) -> str:
        """The bucket of a zone."""
        return self.output("storage", f"{zone.capitalize()}Bucket")

    def databases(self) -> Mapping[str, str]:
        """The physical database of each zone."""
        return {zone: self.output("catalog", f"{zone.capitalize()}Database") for zone in ZONES}

    def flows(self) -> Mapping[str, str]:
        """State machine ARNs by the names of their flows."""
        outputs = self.outputs("flows")
        return {snake(name.removeprefix("Flow")): arn for name, arn in outputs.items() if re.match(r"Flow[A-Z]", name)}

    @property
    def how_to_deploy(self) -> str:
        """The command that deploys this platform."""
        if self.at is At.LOCAL:
            return f"Deploy it: mill up --deploy{options(self, defaults_too=False)}"
        return f"Deploy it: cdk deploy --all -c env={self.env}"

    def described(self, name: str) -> Mapping[str, Any] | None:
        """CloudFormation's description of any stack by its full name; None when there is none."""
        from botocore.exceptions import ClientError

        try:
            stacks: Iterable[Mapping[str, Any]] = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return next((stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"), None)


def open_platform(*, env: str, at: At) -> Platform:
    """The platform of an environment at a home; a Problem if the local home is not up."""
    return Platform(connect(at), env=env, at=at)


def options(platform: Platform, *, defaults_too: bool = False) -> str:
    """The options that a next command needs to mean the same platform, with a space before each."""
    env = f" --env {platform.env}" if platform.env != "dev" or defaults_too else ""
    home = f" --home {platform.at}" if platform.at is not At.LOCAL or defaults_too else ""
    return env + home


def snake(name: str) -> str:
    """The name of an output in the words of declarations: CallRecords is call_records."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
