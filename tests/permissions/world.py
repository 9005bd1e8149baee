"""Templates with every reference resolved: the policies of roles and resources as they stand in an account."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.permissions.evaluator import Call, Raw, Verdict, judge, listed

# The ARN of a resource by its type, from its name. Of the types in `NAMED_BY_ARN` a reference is the ARN itself.
ARNS = {
    "AWS::Athena::WorkGroup": "arn:aws:athena:{place}:workgroup/{name}",
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{place}:alarm:{name}",
    "AWS::Events::Rule": "arn:aws:events:{place}:rule/{name}",
    "AWS::Glue::Database": "arn:aws:glue:{place}:database/{name}",
    "AWS::Glue::Job": "arn:aws:glue:{place}:job/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{place}:key/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{place}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{place}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{place}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{place}:{name}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{place}:secret:{name}",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:{place}:stateMachine:{name}",
}
NAMED_BY_ARN = ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine", "AWS::SecretsManager::Secret")
# Where a type keeps the policy of another resource: the property that names the resource, and the one that holds the policy.
POLICIES = {
    "AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument"),
    "AWS::SNS::TopicPolicy": ("Topics", "PolicyDocument"),
    "AWS::SQS::QueuePolicy": ("Queues", "PolicyDocument"),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId", "ResourcePolicy"),
}
ENTIRE = re.compile(r"^(arn:aws:s3:::[^/]+)/.*$")


@dataclass(frozen=True)
class Account:
    """Where templates are deployed. `physical` gives the name of a stage's resource by its logical id."""

    region: str
    account: str
    physical: Callable[[str, str], str]

    @property
    def place(self) -> str:
        return f"{self.region}:{self.account}"


@dataclass(frozen=True)
class Role:
    """A role of the templates: its ARN, and its statements, those of inline policies first."""

    stage: str
    id: str
    arn: str
    statements: tuple[Raw, ...]

    def may(self, call: Call, world: "World") -> Verdict:
        return world.judge(call, statements=self.statements)


class World:
    """What the templates of one environment make of an account."""

    def __init__(self, templates: Mapping[str, Mapping[str, Any]], account: Account) -> None:
        self._templates, self._account = templates, account
        self._exports = {
            self._value(each["Export"]["Name"], stage): (stage, each["Value"])
            for stage, template in templates.items()
            for each in template.get("Outputs", {}).values()
            if "Export" in each
        }
        self.policies = dict(self._resource_policies())
        self.roles = {self._short(stage, id_): self._role(stage, id_) for stage, id_, _ in self.every("AWS::IAM::Role")}

    def every(self, *types: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Stage, logical id and properties of all resources of these types."""
        for stage, template in self._templates.items():
            for id_, body in template.get("Resources", {}).items():
                if body["Type"] in types:
                    yield stage, id_, body.get("Properties", {})

    def arn(self, type_: str, prefix: str) -> str:
        """The ARN of the only resource of a type whose logical id begins with `prefix`."""
        [(stage, id_)] = [(stage, id_) for stage, id_, _ in self.every(type_) if id_.startswith(prefix)]
        return self._arn(stage, id_)

    def judge(self, call: Call, *, statements: tuple[Raw, ...]) -> Verdict:
        """The verdict on a call whose caller has `statements`."""
        return judge(call, identity=statements, resource=self.policies.get(ENTIRE.sub(r"\1", call.resource)))

    def resolved(self, value: Any, stage: str) -> Any:
        """A part of a stage's template without intrinsic functions."""
        if isinstance(value, list):
            return [self.resolved(each, stage) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (next(iter(value)) == "Ref" or next(iter(value)).startswith("Fn::")):
            return self._value(value, stage)
        return {name: self.resolved(each, stage) for name, each in value.items()}

    def _value(self, value: Any, stage: str) -> str:
        if isinstance(value, str):
            return value
        [(function, argument)] = value.items()
        match function, argument:
            case "Ref", _:
                found = self._ref(stage, argument)
            case "Fn::Join", [between, parts]:
                found = str(between).join(self._value(each, stage) for each in parts)
            case "Fn::Sub", str():
                found = re.sub(r"\$\{([\w:]+)\}", lambda name: self._ref(stage, name[1]), argument)
            case "Fn::ImportValue", _:
                owner, exported = self._exports[self._value(argument, stage)]
                found = self._value(exported, owner)
            case "Fn::FindInMap", [mapping, first, second]:
                found = self._templates[stage]["Mappings"][mapping][self._value(first, stage)][self._value(second, stage)]
            case "Fn::GetAtt", [id_, "Arn" | "Id" | "TopicArn"]:
                found = self._arn(stage, id_)
            case "Fn::GetAtt", [id_, "Name" | "QueueName"]:
                found = self._account.physical(stage, id_).rsplit(":", 1)[-1]
            case _:
                raise ValueError(f"cannot resolve {value} in {stage}")
        return found

    def _ref(self, stage: str, name: str) -> str:
        pseudo = {"AWS::Partition": "aws", "AWS::Region": self._account.region, "AWS::AccountId": self._account.account}
        if name in pseudo:
            return pseudo[name]
        return self._arn(stage, name) if self._type(stage, name) in NAMED_BY_ARN else self._account.physical(stage, name)

    def _type(self, stage: str, id_: str) -> str:
        return str(self._templates[stage]["Resources"].get(id_, {}).get("Type", ""))

    def _arn(self, stage: str, id_: str) -> str:
        type_, name = self._type(stage, id_), self._account.physical(stage, id_)
        if name.startswith("arn:"):
            return name
        name = name.rsplit("/", 1)[-1] if type_ == "AWS::SQS::Queue" else name
        return ARNS[type_].format(place=self._account.place, account=self._account.account, name=name)

    def _short(self, stage: str, id_: str) -> str:
        """`process/CleanRole`: a role's name for people, without the hash of its path."""
        return f"{stage}/{re.sub('[0-9A-F]{8}$', '', id_)}"

    def _role(self, stage: str, id_: str) -> Role:
        inline = self._templates[stage]["Resources"][id_].get("Properties", {}).get("Policies", [])
        attached = [
            each
            for owner, _, each in self.every("AWS::IAM::Policy")
            if owner == stage and any(name == {"Ref": id_} for name in each["Roles"])
        ]
        found = [raw for each in (*inline, *attached) for raw in each["PolicyDocument"]["Statement"]]
        return Role(stage, id_, self._arn(stage, id_), tuple(self.resolved(raw, stage) for raw in found))

    def _resource_policies(self) -> Iterator[tuple[str, list[Raw]]]:
        for stage, id_, properties in self.every("AWS::KMS::Key"):
            yield self._arn(stage, id_), self.resolved(properties["KeyPolicy"]["Statement"], stage)
        for type_, (owner, document) in POLICIES.items():
            for stage, _, properties in self.every(type_):
                for reference in listed(properties[owner]):
                    yield self._owner(reference, stage), self.resolved(properties[document]["Statement"], stage)

    def _owner(self, reference: Any, stage: str) -> str:
        name = reference.get("Ref")
        return self._arn(stage, name) if name else self._value(reference, stage)
