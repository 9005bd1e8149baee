"""An artefact is the one that was registered, or it is not applied: its version in S3 is kept with the model's version."""

from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.flows.sagemaker_calls import Calls

WHERE = {
    "Bucket": "{% $substringBefore($substringAfter($artefact, 's3://'), '/') %}",
    "Key": "{% $substringAfter($substringAfter($artefact, 's3://'), '/') %}",
}
PROPERTY = "artefact"  # of a version in the registry
KEPT = "{% $sealed %}"


class Seal:
    """Steps about `$artefact`, whose version in S3 is `$sealed`."""

    def __init__(self, scope: Construct, *, calls: Calls, bad: sfn.IChainable) -> None:
        self._scope, self._calls, self._bad = scope, calls, bad

    def sealed(self) -> sfn.CustomState:
        """Looks which version in S3 a training job has made."""
        found = {"sealed": "{% $states.result.VersionId %}"}
        return self._calls.step("Seal the artefact", "aws-sdk:s3:headObject", arguments=WHERE, assign=found)

    def opened(self) -> sfn.CustomState:
        """Looks which artefact the version `$package` was registered with."""
        container = "$states.result.InferenceSpecification.Containers[0]"
        kept = f"$states.result.CustomerMetadataProperties.{PROPERTY}"
        found = {
            "artefact": f"{{% {container}.ModelDataUrl %}}",
            "sealed": f"{{% $exists({kept}) ? {kept} : 'none' %}}",
        }
        given = {"ModelPackageName": "{% $package %}"}
        return self._calls.step("Read the version", "aws-sdk:sagemaker:describeModelPackage", arguments=given, assign=found)

    def checked(self, name: str, *, so: str, then: sfn.IChainable, **assign: Any) -> sfn.Chain:
        """Goes on if the artefact is the registered one; else the flow fails, and its reason begins with `so`."""
        changed = f"'{so}: the artefact of version ' & $version & ' was changed after it was registered (' & $artefact & ')'"
        found = {"intact": "{% $states.result.VersionId = $sealed %}", "reason": f"{{% {changed} %}}", **assign}
        look = self._calls.step(name, "aws-sdk:s3:headObject", arguments=WHERE, assign=found)
        choice = sfn.Choice.jsonata(self._scope, f"{name}: is it the registered one?")
        choice.when(sfn.Condition.jsonata("{% $intact %}"), then).otherwise(self._bad)
        return look.next(choice)
