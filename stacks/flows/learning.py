"""The steps of a flow that train, register and apply a model, as calls of SageMaker."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.flows import model_questions as questions
from stacks.flows.endings import RUN
from stacks.flows.endpoint_plan import CSV, EndpointPlan
from stacks.flows.features import FeatureTable
from stacks.flows.sagemaker_calls import Calls
from stacks.flows.sealed import KEPT, PROPERTY, Seal
from stacks.flows.steps import Steps
from stacks.parts.image_accounts import Images
from stacks.parts.model_home import ModelHome

VOLUME_GB = 10
FOUND = "$states.result.ModelPackageSummaryList"
SERVING = {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """A model's declaration as a flow needs it, the settings of the environment for it, and its home.

    It `curates` if curated tables of Spark depend on its dataset.
    """

    name: str
    dataset: str
    table: FeatureTable
    curates: bool
    features: Sequence[str]
    group: str
    mapping: str
    metrics: Mapping[str, str]
    gate: tuple[str, float]
    hyperparameters: Mapping[str, str]
    image: str
    fewest: int
    minutes: int
    instance: str
    approve: bool
    endpoint: EndpointPlan | None
    home: ModelHome


class Learning:
    """Builds the steps in the flow's construct. Jobs and objects are named after the run."""

    def __init__(self, scope: Construct, *, plan: ModelPlan, steps: Steps, curated: str) -> None:
        self._scope, self._plan, self._steps, self._curated = scope, plan, steps, curated
        calls = Calls(scope, steps=steps, job_minutes=plan.minutes)
        self._call, self._seal = calls.step, Seal(scope, calls=calls, bad=steps.endings.bad)
        self._image = Images(scope, "Images").address(plan.image)
        self._place = plan.home.place.url
        self.kept = {
            "--model": plan.name,
            "--model_version": "{% $string($version) %}",
            "--answers": self._at("answers/"),
        }
        self.summary = questions.summary(mapping=plan.mapping, group=plan.group, curated=curated)
        self._register = self._call(
            "Register", "aws-sdk:sagemaker:createModelPackage", arguments=self._package(), assign=self._registered()
        )

    def trained(self) -> sfn.Chain:
        """Unloads the features, trains, and finds out about the live model."""
        sql = questions.unload(
            source=self._plan.table.name, columns=(self._plan.table.key, *self._plan.features), curated=self._curated, to=self._place
        )
        unload = self._steps.write("Unload", sql=sql)
        train = self._call(
            "Train",
            "sagemaker:createTrainingJob.sync",
            arguments=self._training(),
            assign={
                "artefact": "{% $states.result.ModelArtifacts.S3ModelArtifacts %}",
                "metrics": "{% $merge($states.result.FinalMetricDataList.{ MetricName: Value }) %}",
            },
        )
        find = self._call(
            "Find the live model",
            "aws-sdk:sagemaker:listModelPackages",
            arguments={
                "ModelPackageGroupName": self._plan.home.group, "ModelApprovalStatus": "Approved", "SortBy": "CreationTime",
                "SortOrder": "Descending", "MaxResults": 1,
            },
            assign={"live": f"{{% $count({FOUND}) > 0 ? {FOUND}[0].ModelPackageArn : '' %}}", "least": -1e9},
        )  # fmt: skip
        metric, tolerance = self._plan.gate
        read = self._call(
            "Read the live model",
            "aws-sdk:sagemaker:describeModelPackage",
            arguments={"ModelPackageName": "{% $live %}"},
            assign={"least": f"{{% $number($states.result.CustomerMetadataProperties.{metric}) - {tolerance} %}}"},
        )
        choice = sfn.Choice.jsonata(self._scope, "Is a model live?")
        read.next(self._register)
        choice.when(sfn.Condition.jsonata("{% $live = '' %}"), self._register).otherwise(read)
        return unload.next(train).next(self._seal.sealed()).next(find).next(choice)

    def promoted(self, *, then: sfn.IChainable) -> None:
        """Goes on with the approved version: the new one, or the live one while the new one waits. Without either the flow ends."""
        choice = sfn.Choice.jsonata(self._scope, "Which version applies?")
        choice.when(sfn.Condition.jsonata("{% $status = 'Rejected' %}"), self._steps.endings.bad)
        choice.when(sfn.Condition.jsonata("{% $package = '' %}"), self._steps.endings.good)
        self._register.next(choice.otherwise(then))

    def applied(self, *, then: sfn.IChainable) -> sfn.Chain:
        """Makes a model of the package, if its artefact is still the registered one, and has it answer for every row."""
        model = self._call("Make the model", "sagemaker:createModel", arguments={
            "ModelName": f"{{% {self.job} %}}", "ExecutionRoleArn": self._plan.home.role.role_arn, "EnableNetworkIsolation": True,
            "PrimaryContainer": {"ModelPackageName": "{% $package %}"},
        })  # fmt: skip
        apply = self._call("Apply", "sagemaker:createTransformJob.sync", arguments=self._transform())
        drop = self._call("Drop the model", "aws-sdk:sagemaker:deleteModel", arguments={"ModelName": f"{{% {self.job} %}}"})
        model.next(apply).next(drop).next(then)
        return self._seal.opened().next(self._seal.checked("Look at the artefact", so="Nothing was mapped", then=model))

    @property
    def job(self) -> str:
        """An expression for the name of what is made for a run only."""
        return f"'{self._plan.home.group}-' & $substringAfter({RUN}, '-')"

    @property
    def _verdict(self) -> str:
        """The status of the new version: what passes the gate is approved, by the flow or by a person."""
        metric, _ = self._plan.gate
        passed = "Approved" if self._plan.approve else "PendingManualApproval"
        return f"{{% $metrics.{metric} >= $least ? '{passed}' : 'Rejected' %}}"

    def _at(self, what: str) -> str:
        """An address below the run's own prefix."""
        return f"{{% '{self._place}' & {RUN} & '/{what}' %}}"

    def _channel(self, name: str, uri: str, *, type_: str) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
        return {"ChannelName": name, "ContentType": type_, "InputMode": "File", "DataSource": {"S3DataSource": source}}

    def _training(self) -> dict[str, Any]:
        plan, code = self._plan, self._plan.home.code
        script = {"sagemaker_program": "train.py", "sagemaker_submit_directory": f"/opt/ml/input/data/code/{code.s3_object_key}"}
        given = {**plan.hyperparameters, "features": ",".join(plan.features), **script}
        return {
            "TrainingJobName": f"{{% {self.job} %}}",
            "AlgorithmSpecification": {
                "TrainingImage": self._image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": name, "Regex": regex} for name, regex in plan.metrics.items()],
            },
            "HyperParameters": {name: json.dumps(value) for name, value in given.items()},
            "InputDataConfig": [
                self._channel("code", code.s3_object_url, type_="application/gzip"),
                self._channel("features", self._at("features/"), type_=CSV),
            ],
            "OutputDataConfig": {"S3OutputPath": self._at("model"), "KmsKeyId": plan.home.key.key_arn},
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": plan.instance,
                "VolumeSizeInGB": VOLUME_GB,
                "VolumeKmsKeyId": plan.home.key.key_arn,
            },
            "RoleArn": plan.home.role.role_arn,
            "StoppingCondition": {"MaxRuntimeInSeconds": 60 * plan.minutes},
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": True,
        }

    def _package(self) -> dict[str, Any]:
        container = {"Image": self._image, "ModelDataUrl": "{% $artefact %}", "Environment": SERVING}
        return {
            "ModelPackageGroupName": self._plan.home.group,
            "ModelPackageDescription": f"{{% 'Of the run ' & {RUN} %}}",
            "ModelApprovalStatus": self._verdict,
            "InferenceSpecification": {
                "Containers": [container], "SupportedContentTypes": [CSV], "SupportedResponseMIMETypes": [CSV],
                "SupportedTransformInstanceTypes": [self._plan.instance],
            },
            "CustomerMetadataProperties": {
                "run": f"{{% {RUN} %}}", "data": self._at("features/"), PROPERTY: KEPT,
                **{name: f"{{% $string($metrics.{name}) %}}" for name in self._plan.metrics},
            },
        }  # fmt: skip

    def _registered(self) -> dict[str, str]:
        metric, _ = self._plan.gate
        applies = "$states.result.ModelPackageArn" if self._plan.approve else "$live"
        found = f"its {metric} is ' & $string($metrics.{metric}) & ', and ' & $string($least) & ' is the least'"
        worse = f"'The new model was not promoted: {found}"
        return {
            "package": f"{{% {applies} %}}",
            "version": f"{{% $split({applies}, '/')[-1] %}}",
            "status": self._verdict,
            "reason": f"{{% {worse} %}}",
            "sentence": f"{{% $states.result.ModelPackageArn & ' waits for approval; no version of {self._plan.name} is approved' %}}",
        }

    def _transform(self) -> dict[str, Any]:
        source = {"S3DataType": "S3Prefix", "S3Uri": self._at("features/")}
        answers = self._at("answers/")
        return {
            "TransformJobName": f"{{% {self.job} %}}",
            "ModelName": f"{{% {self.job} %}}",
            "BatchStrategy": "MultiRecord",
            "MaxPayloadInMB": 6,
            "TransformInput": {"DataSource": {"S3DataSource": source}, "ContentType": CSV, "SplitType": "Line"},
            "TransformOutput": {"S3OutputPath": answers, "Accept": CSV, "AssembleWith": "None", "KmsKeyId": self._plan.home.key.key_arn},
            "TransformResources": {"InstanceCount": 1, "InstanceType": self._plan.instance, "VolumeKmsKeyId": self._plan.home.key.key_arn},
        }
