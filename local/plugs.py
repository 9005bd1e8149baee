"""All stand-ins, plugged into the emulator in one place and in this order."""

from local import (
    athena,
    checkpoint,
    cloudformation,
    connections,
    events,
    functions,
    glue,
    iam,
    keyspaces,
    metrics,
    objects,
    s3,
    sagemaker,
    scheduler,
    states,
)


def plug_in(root_key: str) -> None:
    """Plug every stand-in in. Raises HomeError if the emulator is not the one they were written for."""
    connections.plug_in()
    iam.plug_in(root_key)
    s3.plug_in()
    objects.plug_in()
    events.plug_in()
    functions.plug_in()
    keyspaces.plug_in()
    cloudformation.plug_in()
    states.plug_in()
    glue.plug_in()
    sagemaker.plug_in()
    scheduler.plug_in()
    athena.plug_in()
    metrics.plug_in()
    checkpoint.plug_in()
