"""Which resource types a stack may hold at home, and what of them is only kept.

`REAL` types do at home what they are for. `STORED_ONLY` types, and the properties in `STORED_PROPERTIES`, are accepted
and shown by their APIs but change nothing here; docs/parity.md shows both lists. All other types are refused before
anything of the stack is made, also those that the emulator would accept without doing anything.
"""

from ministack.services.cloudformation import provisioners

REAL = (
    "AWS::Athena::NamedQuery",
    "AWS::Athena::WorkGroup",
    "AWS::Cassandra::Keyspace",
    "AWS::Cassandra::Table",
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudWatch::Alarm",
    "AWS::Events::Rule",
    "AWS::Glue::Classifier",
    "AWS::Glue::Crawler",
    "AWS::Glue::Database",
    "AWS::Glue::Job",
    "AWS::Glue::Table",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
    "AWS::SageMaker::Endpoint",
    "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::Model",
    "AWS::SageMaker::ModelPackageGroup",
    "AWS::Scheduler::Schedule",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::StateMachine",
    "Custom::S3AutoDeleteObjects",
)

STORED_ONLY = {
    "AWS::Budgets::Budget": "kept with its stack; a home costs nothing, so nobody is told",
    "AWS::CDK::Metadata": "says which constructs made the stack",
    "AWS::CloudWatch::Dashboard": "kept and shown by its API; nothing draws it",
    "AWS::ECR::Repository": "of the bootstrap stack; images are neither built nor run at home",
    "AWS::Glue::SecurityConfiguration": "what a job or crawler writes to S3 and Logs is not encrypted at home",
}

STORED_PROPERTIES = {
    "AWS::Athena::WorkGroup": {"WorkGroupConfiguration.PublishCloudWatchMetricsEnabled": "no metrics"},
    "AWS::Cassandra::Table": {
        "BillingMode": "kept and shown; provisioned capacity is not metered, each partition's limit is",
        "EncryptionSpecification": "the key must be there and enabled, and closes the table when it is not; files here are plain",
        "PointInTimeRecoveryEnabled": "kept and shown; nothing can be restored",
    },
    "AWS::Glue::Crawler": {"CrawlerSecurityConfiguration": "names the log group; nothing is encrypted by it"},
    "AWS::Glue::Job": {
        "NumberOfWorkers": "one machine with two cores runs every job",
        "WorkerType": "one machine with two cores runs every job",
        "SecurityConfiguration": "nothing is encrypted by it",
        "NotificationProperty": "no delay notifications",
        "ExecutionClass": "every run starts at once",
    },
    "AWS::KMS::Key": {"EnableKeyRotation": "keys do not rotate"},
    "AWS::Lambda::Function": {
        "Architectures": "functions run on this machine's processor",
        "KmsKeyArn": "variables are not encrypted",
        "MemorySize": "memory is not bounded",
        "Runtime": "every Python is the home's own, 3.11",
    },
    "AWS::Logs::LogGroup": {"RetentionInDays": "nothing expires", "KmsKeyId": "nothing is encrypted"},
    "AWS::S3::Bucket": {
        "LifecycleConfiguration": "nothing moves or expires",
        "LoggingConfiguration": "no access logs are written",
        "BucketEncryption": "objects carry the key's id and KMS permissions are checked, but the files here are plain",
    },
    "AWS::SQS::Queue": {
        "KmsMasterKeyId": "messages are plain; EventBridge and readers for functions must be allowed to use the key, others are not asked",
    },
    "AWS::SageMaker::EndpointConfig": {
        "KmsKeyId": "nothing is encrypted by it",
        "ProductionVariants.InitialInstanceCount": "every variant is one process",
        "ProductionVariants.InstanceType": "every variant is a process of this machine",
    },
    "AWS::SageMaker::Model": {"VpcConfig": "the home has no networks of its own"},
    "AWS::Scheduler::Schedule": {"FlexibleTimeWindow": "schedules fire on time"},
    "AWS::SecretsManager::Secret": {"KmsKeyId": "secrets are plain in the home's folder, and no KMS permission is asked for them"},
    "AWS::StepFunctions::StateMachine": {
        "LoggingConfiguration": "the history is kept, no log is written",
        "TracingConfiguration": "no traces",
        "EncryptionConfiguration": "nothing is encrypted",
    },
}


def keep_known() -> None:
    """Take every other type out of the emulator's table, so that stacks with them are refused as unrecognized."""
    table = provisioners._RESOURCE_HANDLERS
    for name in [n for n in table if n not in REAL and n not in STORED_ONLY]:
        del table[name]
