"""Training jobs that AWS refuses when they are asked for, and those that the home cannot do."""

from local.sagemaker import images
from local.sagemaker.answers import Data, Refused, not_at_home
from local.sagemaker.training import metrics

UNKNOWN = (
    "CheckpointConfig", "DebugHookConfig", "DebugRuleConfigurations", "ExperimentConfig", "InfraCheckConfig", "MlflowConfig",
    "ModelPackageConfig", "ProfilerRuleConfigurations", "RemoteDebugConfig", "RetryStrategy", "ServerlessJobConfig",
    "SessionChainingConfig", "TensorBoardOutputConfig",
)  # fmt: skip
LONGEST_SECONDS = 28 * 86400


def check(data: Data) -> None:
    """Raise Refused for what cannot be done."""
    algorithm = data.get("AlgorithmSpecification") or {}
    _check_algorithm(algorithm)
    _check_resources(data.get("ResourceConfig") or {})
    for channel in data.get("InputDataConfig") or ():
        _check_channel(channel, algorithm)
    names = [each["ChannelName"] for each in data.get("InputDataConfig") or ()]
    if len(names) != len(set(names)):
        raise Refused(f"Duplicate channel names in InputDataConfig: {sorted({n for n in names if names.count(n) > 1})}")
    if (data.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds", 1) > LONGEST_SECONDS:
        raise Refused(f"MaxRuntimeInSeconds must be at most {LONGEST_SECONDS}")
    for name in UNKNOWN:
        if data.get(name):
            raise not_at_home(f"{name} of a training job")
    if (data["OutputDataConfig"].get("CompressionType") or "GZIP") != "GZIP":
        raise not_at_home("OutputDataConfig.CompressionType NONE")
    if "sagemaker_program" not in (data.get("HyperParameters") or {}):
        raise not_at_home("a training job without the hyperparameter sagemaker_program; it runs scripts (script mode)")


def _check_algorithm(algorithm: Data) -> None:
    if bool(algorithm.get("TrainingImage")) == bool(algorithm.get("AlgorithmName")):
        raise Refused("Either a TrainingImage or an AlgorithmName must be given in AlgorithmSpecification, and not both.")
    if algorithm.get("AlgorithmName"):
        raise not_at_home(f"the algorithm {algorithm['AlgorithmName']}")
    images.check(algorithm["TrainingImage"])
    for name in ("ContainerEntrypoint", "ContainerArguments", "TrainingImageConfig"):
        if algorithm.get(name):
            raise not_at_home(f"{name}; it runs scripts as the framework's image does")
    wrong = metrics.problem(algorithm.get("MetricDefinitions") or ())
    if wrong:
        raise Refused(wrong)


def _check_resources(resources: Data) -> None:
    if not resources.get("InstanceType") or not resources.get("VolumeSizeInGB"):
        raise Refused("ResourceConfig must give InstanceType, InstanceCount and VolumeSizeInGB.")
    if resources.get("InstanceCount", 0) != 1:
        raise not_at_home(f"{resources.get('InstanceCount', 0)} instances; it is one machine")


def _check_channel(channel: Data, algorithm: Data) -> None:
    name, source = channel["ChannelName"], channel["DataSource"].get("S3DataSource")
    if not source:
        raise not_at_home(f"channel {name}: a source other than S3")
    if source["S3DataType"] != "S3Prefix":
        raise not_at_home(f"channel {name}: {source['S3DataType']}")
    if not source["S3Uri"].startswith("s3://"):
        raise Refused(f"The S3 URL {source['S3Uri']!r} of channel {name} does not begin with s3://")
    if (channel.get("InputMode") or algorithm["TrainingInputMode"]) != "File":
        raise not_at_home(f"channel {name}: input mode {channel.get('InputMode') or algorithm['TrainingInputMode']}")
    for field in ("CompressionType", "RecordWrapperType"):
        if channel.get(field, "None") != "None":
            raise not_at_home(f"channel {name}: {field} {channel[field]}")
    if channel.get("ShuffleConfig"):
        raise not_at_home(f"channel {name}: ShuffleConfig")
