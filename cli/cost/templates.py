"""Templates by stage: as they would be deployed, or as they are."""

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli import environment, home, toolkit
from cli.platform import PROJECT, STAGES, Platform
from cli.problem import Problem

Templates = Mapping[str, Mapping[str, Any]]
_ANY_PLACE = {"CDK_DISABLE_VERSION_CHECK": "1", "CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_NOTICES": "false", "CDK_VALIDATION": "false"}


def synthesized(env: str) -> Templates:
    """The templates of an environment as the project's files make them now. Needs no home and no account."""
    command = [toolkit.program(), "synth", "--all", "--quiet", "-c", f"env={env}"]
    with tempfile.TemporaryDirectory() as folder:
        variables = {**environment.of_the_home(), **_ANY_PLACE, "CDK_OUTPUT": folder}
        ended = subprocess.run([*command, "--output", folder], cwd=home.ROOT, env=variables, capture_output=True, text=True, check=False)
        if ended.returncode:
            said = f"{ended.stdout}\n{ended.stderr}"
            why = toolkit.errors(said) or "".join(f"\n  {line}" for line in said.strip().splitlines()[-5:])
            raise Problem(f"the templates of {env} cannot be made:{why}", f"Mend that, then see: cdk synth -c env={env}")
        return read(Path(folder), env=env)


def read(assembly: Path, *, env: str) -> Templates:
    """The templates of an environment in a folder that `cdk synth` has filled, in the order in which data flows."""
    found = {path.name.split(".")[0]: path for path in assembly.glob(f"{PROJECT}-{env}-*.template.json")}
    names = {re.sub(rf"^{PROJECT}-{env}-", "", name): path for name, path in found.items()}
    order = [*(stage for stage in STAGES if stage in names), *sorted(set(names) - set(STAGES))]
    return {stage: json.loads(names[stage].read_text()) for stage in order}


def deployed(platform: Platform) -> Templates:
    """The templates of a platform as they are deployed; stages that are not deployed are left out."""
    formation = platform.client("cloudformation")
    stages = [stage for stage in STAGES if platform.deployed(stage)]
    bodies = {stage: formation.get_template(StackName=f"{PROJECT}-{platform.env}-{stage}")["TemplateBody"] for stage in stages}
    return {stage: json.loads(body) if isinstance(body, str) else body for stage, body in bodies.items()}
