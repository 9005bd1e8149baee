"""CloudFormation at home: the types and properties that the emulator lacks, drops or gets wrong. One file per concern."""

from local.cloudformation import (
    analytics,
    auto_delete,
    buckets,
    budgets,
    crawlers,
    cut_off,
    log_groups,
    models,
    schedules,
    short,
    topics,
    types,
    waiting,
)


def plug_in() -> None:
    """Complete the emulator's resource types, and refuse those the home does not have."""
    buckets.plug_in()
    auto_delete.plug_in()
    analytics.plug_in()
    crawlers.plug_in()
    budgets.plug_in()
    log_groups.plug_in()
    models.plug_in()
    schedules.plug_in()
    short.plug_in()
    topics.plug_in()
    cut_off.plug_in()
    waiting.plug_in()
    types.keep_known()
