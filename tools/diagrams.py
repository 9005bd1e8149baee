"""Draws docs/diagrams.md from a synthesized assembly: the stages with what they hold, and the steps of every flow. `make diagrams` runs it.

Mermaid in Markdown, which GitHub and most editors show. A test compares the page with the templates, so it cannot grow old.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "diagrams.md"
SHOWN = {
    "AWS::S3::Bucket": "bucket",
    "AWS::KMS::Key": "key",
    "AWS::Glue::Database": "database",
    "AWS::Glue::Crawler": "crawler",
    "AWS::Glue::Job": "Spark job",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::Athena::WorkGroup": "workgroup",
    "AWS::Athena::NamedQuery": "saved question",
    "AWS::StepFunctions::StateMachine": "state machine",
    "AWS::SNS::Topic": "topic",
    "AWS::SQS::Queue": "queue",
    "AWS::Lambda::Function": "function",
    "AWS::Events::Rule": "rule",
    "AWS::Scheduler::Schedule": "schedule",
    "AWS::CloudWatch::Alarm": "alarm",
    "AWS::CloudWatch::Dashboard": "dashboard",
    "AWS::Budgets::Budget": "budget",
}
HEAD = """# Diagrams

Drawn from the templates of prod by `make diagrams`; a test holds them to the templates.
"""


def page(assembly: Path) -> str:
    """The whole page for the assembly in a folder."""
    stacks = _stacks(assembly)
    templates = {stage: json.loads((assembly / file).read_text()) for stage, (file, _) in stacks.items()}
    needs = {stage: {each for each in needed if each in stacks} for stage, (_, needed) in stacks.items()}
    machines = sorted(_machines(templates).items())
    parts = [HEAD, "## Stages\n", _fenced(_stages(templates, needs))]
    for name, states in machines:
        parts += [f"## The flow {name}\n", _fenced(_flow(states))]
    return "\n".join(parts)


def _stacks(assembly: Path) -> dict[str, tuple[str, set[str]]]:
    """Template file and needed stages by stage, in the manifest's order of need."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    found = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
    stages = {name: name.split("-")[2] for name in found}
    return {
        stages[name]: (each["properties"]["templateFile"], {stages[need] for need in each.get("dependencies", ()) if need in stages})
        for name, each in found.items()
    }


def _stages(templates: Mapping[str, Any], needs: Mapping[str, set[str]]) -> Iterator[str]:
    yield "flowchart LR"
    for stage, template in templates.items():
        counts = Counter(SHOWN[each["Type"]] for each in template["Resources"].values() if each["Type"] in SHOWN)
        held = "<br/>".join(f"{number} {noun}{'s' if number > 1 else ''}" for noun, number in counts.items())
        yield f'  {stage}["<b>{stage}</b><br/>{held}"]'
    for stage, needed in needs.items():
        for each in sorted(needed - _further(needed, needs)):
            yield f"  {each} --> {stage}"


def _further(needed: set[str], needs: Mapping[str, set[str]]) -> set[str]:
    """What the needed stages need themselves: an arrow from there would say nothing new."""
    reached: set[str] = set()
    for each in needed:
        reached |= needs[each] | _further(needs[each], needs)
    return reached


def _machines(templates: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The states of each state machine, by its flow's name."""
    found = {}
    for template in templates.values():
        for each in template["Resources"].values():
            if each["Type"] == "AWS::StepFunctions::StateMachine":
                properties = each["Properties"]
                found[properties["StateMachineName"].split("-", 3)[3]] = json.loads(_text(properties["DefinitionString"]))
    return found


def _flow(machine: Mapping[str, Any]) -> Iterator[str]:
    names = {name: f"s{number}" for number, name in enumerate(machine["States"])}
    yield "stateDiagram-v2"
    yield from (f"  {key} : {name}" for name, key in names.items())
    yield f"  [*] --> {names[machine['StartAt']]}"
    for name, state in machine["States"].items():
        for following, why in _following(state).items():
            yield f"  {names[name]} --> {names[following]}" + (f" : {why}" if why else "")
        if state["Type"] in ("Succeed", "Fail") or state.get("End"):
            yield f"  {names[name]} --> [*]"


def _following(state: Mapping[str, Any]) -> dict[str, str]:
    """The states that may come next, each with when it does; empty for always."""
    found = {each["Next"]: "error" for each in state.get("Catch", ())}
    found |= {each["Next"]: "yes" for each in state.get("Choices", ())}
    found |= {state["Default"]: "no"} if "Default" in state else {}
    return found | ({state["Next"]: ""} if "Next" in state else {})


def _text(value: Any) -> str:
    """A definition with its references as plain words: only its shape matters here."""
    if isinstance(value, dict) and "Fn::Join" in value:
        joint, parts = value["Fn::Join"]
        return str(joint).join(map(_text, parts))
    return value if isinstance(value, str) else "reference"


def _fenced(lines: Iterator[str]) -> str:
    return "```mermaid\n" + "\n".join(lines) + "\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1])))
