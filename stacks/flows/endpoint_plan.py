"""An endpoint that answers single requests with a model: what a person chooses of it, and the configuration that SageMaker gets."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_kms as kms

from stacks.parts.place import Place

SERVERLESS, INSTANCE = "serverless", "instance"
CAPTURED = "captured"  # below the model's place
CSV = "text/csv"


@dataclass(frozen=True, kw_only=True)
class EndpointPlan:
    """`kind` is serverless (`memory_mb`, at most `concurrency` requests at once) or instance (so many `instances` of a type).

    Of what instances are asked and answer, `capture_percent` is kept. An `isolated` model has no network and no credentials.
    """

    kind: str
    memory_mb: int
    concurrency: int
    instance: str
    instances: int
    capture_percent: int
    isolated: bool

    def configuration(self, name: str, *, model: str, place: Place, key: kms.IKey) -> dict[str, Any]:
        """The configuration `name`, which serves `model`. Serverless has neither capture nor a key of one's own."""
        variant: dict[str, Any] = {"VariantName": "all", "ModelName": model}
        if self.kind == SERVERLESS:
            serverless = {"MemorySizeInMB": self.memory_mb, "MaxConcurrency": self.concurrency}
            return {"EndpointConfigName": name, "ProductionVariants": [{**variant, "ServerlessConfig": serverless}]}
        variant |= {"InstanceType": self.instance, "InitialInstanceCount": self.instances, "InitialVariantWeight": 1}
        asked: dict[str, Any] = {"EndpointConfigName": name, "ProductionVariants": [variant], "KmsKeyId": key.key_arn}
        return asked | ({"DataCaptureConfig": self._capture(place, key=key)} if self.capture_percent else {})

    def _capture(self, place: Place, *, key: kms.IKey) -> dict[str, Any]:
        return {
            "EnableCapture": True,
            "InitialSamplingPercentage": self.capture_percent,
            "DestinationS3Uri": f"{place.url}{CAPTURED}",
            "KmsKeyId": key.key_arn,
            "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
            "CaptureContentTypeHeader": {"CsvContentTypes": [CSV]},
        }
