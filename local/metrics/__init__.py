"""CloudWatch at home: the metrics that services send, and alarms that are evaluated and tell their topics.

The emulator keeps metrics, alarms and dashboards; it looks at alarms only when a program puts metrics, and hardly any
service sends some. Here Step Functions and SQS send theirs (`executions.py`, `queues.py`), `ticker.py` looks at every
alarm at the end of each minute, `judge.py` decides as CloudWatch does, `alarms.py` keeps the states and refuses alarms it
could not judge, `actions.py` tells topics if their policy and their key's let it. `rules.py` lets EventBridge publish to
topics under the same policies, `namespaces.py` gives IAM the condition key of PutMetricData, `clock.py` is the time.
"""

from local.metrics import actions, alarms, executions, namespaces, rules, sent, ticker


def plug_in() -> None:
    """Make metrics, alarms and what they tell real."""
    namespaces.plug_in()
    sent.plug_in()
    executions.plug_in()
    alarms.plug_in()
    actions.plug_in()
    rules.plug_in()
    ticker.start()
