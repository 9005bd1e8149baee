"""Requests count as made over TLS.

Buckets and queues deny everything that does not come over TLS (`aws:SecureTransport`), and the home speaks plain HTTP
on 127.0.0.1: a certificate of our own would have to be trusted by Python, Node and Java alike. So the origin of every
request is pinned as TLS. That all endpoints are https on AWS is asserted on the templates, not here (docs/parity.md).
"""

from ministack import app
from ministack.core import iam_evaluator

from local.seams import replace


def plug_in() -> None:
    """Pin every request's origin as TLS."""

    def pin_request_origin(source_ip: str, _secure_transport: bool) -> None:
        iam_evaluator.pin_request_origin(source_ip, secure_transport=True)

    replace(app, "pin_request_origin", expected="(source_ip: str, secure_transport: bool) -> None", by=pin_request_origin)
