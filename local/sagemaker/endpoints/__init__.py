"""Endpoints: models that answer requests, several variants by weight, updated without a gap.

`configs.py` keeps configurations and refuses what AWS refuses, `api.py` answers for endpoints, `fleet.py` has the containers of one,
`invoke.py` answers invocations, `capture.py` writes what went in and out.
"""
