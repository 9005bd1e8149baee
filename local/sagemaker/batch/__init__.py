"""Batch transform jobs: every object under a prefix through a model's container, and the answers to S3.

`api.py` answers and refuses, `job.py` does one job, `payloads.py` cuts objects into requests and puts answers together.
"""
