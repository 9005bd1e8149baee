"""Types whose making takes time, or asks the home itself: they are done beside the event loop, so that it can answer meanwhile."""

from ministack.services.cloudformation import stacks

from local.seams import replace

KINDS: set[str] = set()


def plug_in() -> None:
    """Do `KINDS` on a thread, as the emulator does what it knows to wait."""

    def waits(resource_type: str) -> bool:
        return resource_type in KINDS or bool(original(resource_type))

    original = replace(stacks, "_runs_on_worker_thread", expected="(resource_type: str) -> bool", by=waits)
