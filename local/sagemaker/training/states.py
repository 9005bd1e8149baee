"""The states that a training job goes through, each with the message that AWS gives it."""

import time

from local.sagemaker.answers import Data

MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Stopping": "Stopping the training job",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


def enter(job: Data, status: str, *, when: float = 0.0) -> None:
    """Go into a state, and end the one before it."""
    now = when or time.time()
    passed = job["SecondaryStatusTransitions"]
    if passed:
        passed[-1].setdefault("EndTime", now)
    passed.append({"Status": status, "StartTime": now, "StatusMessage": MESSAGES[status]})
    job.update(SecondaryStatus=status, LastModifiedTime=now)
