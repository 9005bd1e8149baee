"""Once a second: end executions that are over time; once a minute: count queues and judge alarms."""

import logging
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, sqs
from ministack.services import stepfunctions as sfn

from local.metrics import alarms, clock, executions, queues
from local.metrics.sent import LOCK

TICK_SECONDS = 1.0
log = logging.getLogger("home.metrics")
_counted: dict[tuple[str, str], float] = {}


def start() -> None:
    """Tick until the home ends."""
    threading.Thread(target=_run, name="metrics", daemon=True).start()


def _run() -> None:
    while True:
        time.sleep(TICK_SECONDS)
        try:
            with LOCK:
                tick()
        except Exception:
            log.exception("metrics")


def tick() -> None:
    """One look at everything, place by place."""
    stores = (cloudwatch._alarms, sqs._queues, sfn._executions)
    for account, region in {place[:2] for store in stores for place in list(store._data)}:
        with request_scope(account, region):
            executions.end_late()
            minute = clock.now() // 60
            if _counted.get((account, region)) != minute:
                _counted[account, region] = minute
                cloudwatch._evict_old_metrics()
                queues.count()
            for alarm in list(cloudwatch._alarms.values()):
                alarms.look(alarm)
