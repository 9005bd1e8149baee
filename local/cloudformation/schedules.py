"""AWS::Scheduler::Schedule with all its properties: the emulator drops time zone, start, end and key, and never fails."""

from ministack.services import scheduler
from ministack.services.cloudformation import provisioners

from local.cloudformation.handlers import Made, Properties, answer, existing

KIND = "AWS::Scheduler::Schedule"


def plug_in() -> None:
    """Complete the emulator's schedule."""
    existing(KIND).update(create=_create, update=_update)


def _create(logical_id: str, properties: Properties, stack: str) -> Made:
    name = properties.get("Name") or provisioners._physical_name(stack, logical_id, max_len=64)
    answer(scheduler._create_schedule(name, dict(properties)))
    return name, {"Arn": scheduler._schedule_arn(properties.get("GroupName", "default"), name)}


def _update(name: str, old: Properties, new: Properties, stack: str) -> Made:
    if new.get("Name", name) != name or new.get("GroupName") != old.get("GroupName"):
        return _create(name, new, stack)
    answer(scheduler._update_schedule(name, dict(new)))
    return name, {"Arn": scheduler._schedule_arn(new.get("GroupName", "default"), name)}
