"""SageMaker at home: training scripts, batch transforms and endpoints as deployed, under their roles; and the model registry.

`service.py` plugs the API into the emulator, `shapes.py` checks requests, `roles.py` whom SageMaker may act as, `images.py` what can
be run, `isolation.py` takes the network away, `s3.py` reads and writes as a role, `stores.py` keeps everything. `training/` has the jobs.
"""

from local.sagemaker import service, tags
from local.sagemaker.training import api as training


def plug_in() -> None:
    """Add SageMaker to the home."""
    service.plug_in()
    service.operations.update(
        {
            "AddTags": tags.add,
            "CreateTrainingJob": training.create,
            "DeleteTags": tags.remove,
            "DescribeTrainingJob": training.describe,
            "ListTags": tags.listed,
            "ListTrainingJobs": training.list_jobs,
            "StopTrainingJob": training.stop,
        }
    )
    service.at_load(training.close)
