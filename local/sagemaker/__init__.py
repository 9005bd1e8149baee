"""SageMaker at home: training scripts, batch transforms and endpoints as deployed, under their roles; and the model registry.

`service.py` plugs the API into the emulator, `shapes.py` checks requests, `roles.py` whom SageMaker may act as, `images.py` what can
be run, `isolation.py` takes the network away, `s3.py` reads and writes as a role, `stores.py` keeps everything. `training/` has training
jobs, `registry.py` model packages, `models.py` models, `serving/` their processes, `batch/` batch transforms. `endpoints/`
endpoints and their invocations, `events.py` tells EventBridge.
"""

from local import checkpoint
from local.sagemaker import models, registry, service, stores, tags
from local.sagemaker.batch import api as batch
from local.sagemaker.endpoints import api as endpoints
from local.sagemaker.training import api as training


def plug_in() -> None:
    """Add SageMaker to the home."""
    service.plug_in()
    service.operations.update(
        {
            **endpoints.OPERATIONS,
            "AddTags": tags.add,
            "CreateModel": models.create,
            "CreateModelPackage": registry.create,
            "CreateModelPackageGroup": registry.create_group,
            "CreateTrainingJob": training.create,
            "CreateTransformJob": batch.create,
            "DeleteModel": models.delete,
            "DeleteModelPackage": registry.delete,
            "DeleteModelPackageGroup": registry.delete_group,
            "DeleteTags": tags.remove,
            "DescribeModel": models.describe,
            "DescribeModelPackage": registry.describe,
            "DescribeModelPackageGroup": registry.describe_group,
            "DescribeTrainingJob": training.describe,
            "DescribeTransformJob": batch.describe,
            "ListModelPackageGroups": registry.list_groups,
            "ListModelPackages": registry.list_packages,
            "ListModels": models.list_models,
            "ListTags": tags.listed,
            "ListTrainingJobs": training.list_jobs,
            "ListTransformJobs": batch.list_jobs,
            "StopTrainingJob": training.stop,
            "StopTransformJob": batch.stop,
            "UpdateModelPackage": registry.update,
        }
    )
    checkpoint.also[service.NAME] = stores.going_on
    service.at_load(training.close)
    service.at_load(batch.close)
    service.at_load(endpoints.close)
