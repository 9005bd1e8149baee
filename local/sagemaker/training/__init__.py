"""Training jobs: the scripts as deployed, in folders laid out as `/opt/ml` is on AWS.

`api.py` answers, `refusals.py` says what is refused, `job.py` takes one job from its files to its end; `layout.py` writes what a
container finds, `script.py` makes the command as the framework's toolkit does, `metrics.py` reads the log, `outcome.py` ends it.
"""
