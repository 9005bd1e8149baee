"""The seal of a model's file: what S3 said of it when training had ended, and whether it says the same before the model is applied.

A package names its file by address, and SageMaker takes whatever lies there later: another content would answer as well. The seal
is the ETag, which is another one after every write of the object. It is kept with the version, without its quotes, which properties
of a package may not hold.
"""

from typing import Any

from aws_cdk import aws_stepfunctions as sfn

HEAD = "aws-sdk:s3:headObject"
TRANSIENT = ("S3.S3Exception", "S3.SdkClientException")
TAG = "$replace($states.result.ETag, '\"', '')"
SAME = sfn.Condition.jsonata("{% $found = $sealed %}")


def named(variable: str) -> dict[str, Any]:
    """The arguments that name the object whose address stands in a variable."""
    path = f"$substringAfter({variable}, 's3://')"
    return {"Bucket": f"{{% $substringBefore({path}, '/') %}}", "Key": f"{{% $substringAfter({path}, '/') %}}"}


def sealed() -> dict[str, str]:
    """What is kept of a file that training has just made."""
    return {"seal": f"{{% {TAG} %}}"}


def compared() -> dict[str, str]:
    """What is found of the file that is to be applied, and the reason why it is not, if it is another one."""
    seal = "$sealed = '' ? 'no run of this flow has sealed it' : 'it was changed after its training'"
    said = f"'Nothing was mapped: ' & $file & ' is not the file of version ' & $version & ': ' & ({seal})"
    return {"found": f"{{% {TAG} %}}", "reason": f"{{% {said} %}}"}


def of_live() -> dict[str, str]:
    """Address and seal of a described package's file."""
    result = "$states.result"
    kept = f"{result}.CustomerMetadataProperties.seal"
    return {
        "live_file": f"{{% {result}.InferenceSpecification.Containers[0].ModelDataUrl %}}",
        "live_seal": f"{{% $exists({kept}) ? {kept} : '' %}}",
    }
