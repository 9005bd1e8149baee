"""How an object becomes requests, and answers an object: SplitType, BatchStrategy, MaxPayloadInMB, AssembleWith."""

from collections.abc import Iterator

from local.sagemaker.answers import Data

MB = 1 << 20
DEFAULT_MB = 6


class TooLargeError(Exception):
    """A record that is larger than a request may be."""


def requests(body: bytes, job: Data) -> Iterator[bytes]:
    """The requests that a job makes of one object. Raises TooLargeError."""
    most = job.get("MaxPayloadInMB", DEFAULT_MB) * MB or float("inf")
    if job["TransformInput"].get("SplitType", "None") == "None":
        records = [body] if body else []
        together = False
    else:
        records = [line for line in body.splitlines(keepends=True) if line.strip()]
        together = job.get("BatchStrategy", "MultiRecord") == "MultiRecord"
    gathered: list[bytes] = []
    size = 0
    for record in records:
        if len(record) > most:
            raise TooLargeError
        if gathered and (not together or size + len(record) > most):
            yield b"".join(gathered)
            gathered, size = [], 0
        gathered.append(record)
        size += len(record)
    if gathered:
        yield b"".join(gathered)


def assembled(answers: list[bytes], job: Data) -> bytes:
    """One object of the answers."""
    if job["TransformOutput"].get("AssembleWith", "None") == "None":
        return b"".join(answers)
    return b"".join(each if each.endswith(b"\n") else each + b"\n" for each in answers)
