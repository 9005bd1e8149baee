"""Amazon Keyspaces at home: Cassandra behind a shim that makes it speak, ask and refuse as Keyspaces does.

`operations.py` is what can be done to keyspaces and tables, `service.py` the control plane over it, `resources.py` CloudFormation's types
over it, `store.py` what is kept besides Cassandra's data; `engine.py` starts Cassandra (`cassandra.py` says how, `certificate.py` makes its
TLS), and `desk.py` is where the shim asks who may do what (`rights.py`). The shim itself is in engines/cassandra/shim, in Java.
"""

import sys
from types import ModuleType

from ministack import app
from ministack.core import iam_actions, router

from local.keyspaces import engine, operations, resources, service, store

NAME = "keyspaces"
__all__ = ["engine", "operations", "plug_in"]


def plug_in() -> None:
    """Add the service to the emulator: its requests, its state, and its place in IAM."""
    module = ModuleType(f"ministack.services.{NAME}")
    vars(module).update(
        handle_request=service.handle_request,
        get_state=store.get_state,
        load_persisted_state=store.load_persisted_state,
        reset=lambda: None,
    )
    sys.modules[module.__name__] = app._loaded_modules[NAME] = module
    app.SERVICE_REGISTRY[NAME] = {"module": NAME}
    app.SERVICE_HANDLERS[NAME] = app._lazy_handler(NAME)
    app._state_map = app._registry_state_map()
    router.SERVICE_PATTERNS[NAME] = {"target_prefixes": ["KeyspacesService."], "host_patterns": [r"cassandra\."]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = "cassandra"
    resources.plug_in()
