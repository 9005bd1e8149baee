"""Functions at home, and how events reach them: EventBridge into queues, queues into functions, functions as their roles."""

from local.functions import actions, concurrency, deliveries, logs, mappings, printed, processes, resources


def plug_in() -> None:
    """Deliver events as EventBridge, read queues as the functions' roles, and run functions as their roles."""
    actions.plug_in()
    concurrency.plug_in()
    deliveries.plug_in()
    mappings.plug_in()
    printed.plug_in()
    processes.plug_in()
    logs.plug_in()
    resources.plug_in()
