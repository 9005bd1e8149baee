"""Step Functions at home: the integrations that AWS has for the home's services, done as the state machine's role."""

from local.states import definitions, tasks


def plug_in() -> None:
    """Do tasks as the state machine's role, and refuse definitions with other integrations."""
    tasks.plug_in()
    definitions.plug_in()
