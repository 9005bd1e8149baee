"""A model's container at home: its script behind `/ping` and `/invocations`, in a process of its own.

`server.py` runs in that process, `container.py` starts it, asks it and ends it.
"""
