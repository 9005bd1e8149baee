"""What every stage is: a stack named after its environment and its place in the flow."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from constructs import Construct

from stacks.settings import Settings

ORDER = ("storage", "catalog", "process", "query", "train", "flows", "observe")
OPTIONAL = ("train",)  # not every environment has it


class Stage(cdk.Stack):
    """A stack `lakemill-<env>-<stage>`. It receives objects only from stages before it."""

    def __init__(self, scope: Construct, *, settings: Settings, stage: str, description: str) -> None:
        super().__init__(
            scope,
            f"lakemill-{settings.env}-{stage}",
            description=description,
            tags={"project": "lakemill", "environment": settings.env, "stage": stage},
        )

    def tell(self, outputs: Mapping[str, str]) -> None:
        """Stack outputs by name, for people and the command line."""
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)

    def tell_kept(self, settings: Settings, *, kept: Sequence[str]) -> None:
        """Lists what outlives the stack, unless both keys to destroy data are turned."""
        if not settings.erasable:
            cdk.CfnOutput(self, "KeptOnDestroy", value=cdk.Fn.join(", ", list(kept)), description="Outlives this stack, with all it holds")
