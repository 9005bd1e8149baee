"""Stacks as tests make them: put and awaited, with the reason if they fail."""

import json
from typing import Any

from tests.local.conftest import Home, until

Template = dict[str, Any]
KEY_POLICY = {
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}],
}


class Stacks:
    def __init__(self, home: Home) -> None:
        self.client = home.client("cloudformation")

    def put(self, name: str, content: Template) -> dict[str, str]:
        arguments = {"StackName": name, "TemplateBody": json.dumps(content), "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        known = [s["StackName"] for s in self.client.describe_stacks()["Stacks"]]
        (self.client.update_stack if name in known else self.client.create_stack)(**arguments)
        stack = self.wait(name)
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.reason(name)
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}

    def wait(self, name: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            stack: dict[str, Any] = self.client.describe_stacks(StackName=name)["Stacks"][0]
            return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

        return dict(until(look))

    def reason(self, name: str) -> str:
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        return "; ".join(e.get("ResourceStatusReason", "") for e in events if "FAILED" in e["ResourceStatus"])

    def delete(self, name: str) -> str:
        identifier = self.client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.client.delete_stack(StackName=name)
        return str(self.wait(identifier)["StackStatus"])
