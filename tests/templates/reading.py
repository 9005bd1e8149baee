"""Reading templates: resources by type, intrinsic functions as text, policies as flat statements."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ASSET = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True)
class Resource:
    """One resource of one stage."""

    stage: str
    id: str
    body: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        properties: Mapping[str, Any] = self.body.get("Properties", {})
        return properties

    @property
    def kept(self) -> bool:
        return (self.body.get("DeletionPolicy"), self.body.get("UpdateReplacePolicy")) == ("RetainExceptOnCreate", "Retain")


@dataclass(frozen=True)
class Platform:
    """All templates of one synthesis, by stage, with the stages each depends on."""

    env: str
    folder: Path
    templates: Mapping[str, Mapping[str, Any]]
    needs: Mapping[str, frozenset[str]]
    tags: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, folder: Path) -> "Platform":
        """What a synthesis left in a folder: its stacks in the order in which they were made."""
        artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
        stacks = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
        _, env, _ = next(iter(stacks)).split("-")
        stage = {name: name.split("-")[2] for name in stacks}
        return cls(
            env=env,
            folder=folder,
            templates={stage[name]: json.loads((folder / each["properties"]["templateFile"]).read_text()) for name, each in stacks.items()},
            needs={stage[name]: frozenset(stage[on] for on in each["dependencies"] if on in stage) for name, each in stacks.items()},
            tags={stage[name]: each["properties"]["tags"] for name, each in stacks.items()},
        )

    def every(self, type_: str, *, none_is_fine: bool = False) -> list[Resource]:
        """All resources of a type. No resource at all is an error, or a test over them would pass without having looked."""
        found = [
            Resource(stage, id_, body)
            for stage, template in self.templates.items()
            for id_, body in template.get("Resources", {}).items()
            if body["Type"] == type_
        ]
        assert found or none_is_fine, f"no {type_} in any template"
        return found

    def one(self, type_: str, prefix: str) -> Resource:
        """The only resource of a type whose logical id begins with a prefix."""
        [found] = [each for each in self.every(type_) if each.id.startswith(prefix)]
        return found

    def outputs(self, stage: str) -> dict[str, str]:
        """A stage's outputs for people, without exports for other stages."""
        outputs = self.templates[stage].get("Outputs", {})
        return {name: text(output["Value"]) for name, output in outputs.items() if "Export" not in output}

    def exports(self) -> set[str]:
        return {
            text(each["Export"]["Name"])
            for template in self.templates.values()
            for each in template.get("Outputs", {}).values()
            if "Export" in each
        }


def text(value: Any) -> str:
    """A value with its intrinsic functions as readable text: references become <Name>, imports the export's name."""
    if isinstance(value, dict) and len(value) == 1:
        [(function, argument)] = value.items()
        if function == "Fn::Join":
            return str(argument[0]).join(text(part) for part in argument[1])
        if function == "Fn::GetAtt":
            return f"<{'.'.join(argument)}>"
        if function in ("Ref", "Fn::ImportValue"):
            return f"<{argument}>"
        if function == "Fn::FindInMap":
            return f"<{'.'.join(text(part) for part in argument)}>"
        if function == "Fn::Sub":
            return str(argument)
    return value if isinstance(value, str) else json.dumps(value)


def listed(value: Any) -> list[Any]:
    """A policy element that may stand alone or in a list."""
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Statement:
    """One statement of one policy."""

    owner: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]
    services: tuple[str, ...]
    public: bool

    @classmethod
    def of(cls, owner: str, raw: Mapping[str, Any]) -> "Statement":
        principal = raw.get("Principal", {})
        services = listed(principal.get("Service", [])) if isinstance(principal, dict) else []
        return cls(
            owner=owner,
            effect=raw["Effect"],
            actions=tuple(listed(raw["Action"])),
            resources=tuple(text(each) for each in listed(raw.get("Resource", []))),
            conditions=raw.get("Condition", {}),
            services=tuple(text(each) for each in services),
            public=principal == "*" or (isinstance(principal, dict) and "*" in listed(principal.get("AWS", []))),
        )


def role_statements(platform: Platform, role: str, *, stage: str = "") -> list[Statement]:
    """What the policies of the role whose logical id begins with `role` say; of one stage, where several have a role of that name."""
    policies = [
        each
        for each in platform.every("AWS::IAM::Policy")
        if any(text(name).startswith(f"<{role}") for name in each.properties["Roles"]) and stage in ("", each.stage)
    ]
    assert policies, f"no policy belongs to a role {role}"
    return [Statement.of(role, raw) for policy in policies for raw in policy.properties["PolicyDocument"]["Statement"]]


def actions_of(platform: Platform, role: str, *, stage: str = "") -> set[str]:
    return {action for statement in role_statements(platform, role, stage=stage) for action in statement.actions}


def every_statement(platform: Platform) -> Iterator[Statement]:
    """Statements of all policies: identities', buckets', keys', topics', and trust."""
    for stage, template in platform.templates.items():
        for id_, body in template.get("Resources", {}).items():
            properties = body.get("Properties", {})
            for name in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
                for raw in properties.get(name, {}).get("Statement", []):
                    yield Statement.of(f"{stage}/{id_}", raw)


def machine_states(machine: Resource) -> dict[str, Any]:
    """The states of a state machine's definition."""
    definition = text(machine.properties["DefinitionString"]).replace("<AWS::Partition>", "aws")
    states: dict[str, Any] = json.loads(definition)["States"]
    return states


def masked(template: Mapping[str, Any]) -> Any:
    """A template without what changes with every line of code: asset hashes, and the order in which policies list them."""
    return _ordered(json.loads(ASSET.sub("<asset>", json.dumps(template))))


def _ordered(value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: sorted(each, key=json.dumps) if name == "Resource" and isinstance(each, list) else _ordered(each)
        for name, each in value.items()
    }
