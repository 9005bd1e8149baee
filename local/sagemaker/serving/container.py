"""The process that serves a model: started with the model's files and role, asked over a socket that it inherits.

The socket belongs to the home's network also when the process has none, so an isolated model can be asked.
"""

import contextlib
import http.client
import os
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local import engines, identity, import_path
from local.glue.logs import Stream
from local.sagemaker import isolation, roles, s3
from local.sagemaker.answers import Data
from local.sagemaker.images import OFFERED

SERVER = Path(__file__).with_name("server.py")
CODE = "/opt/ml/model/code"
PING_SECONDS = 2.0
START_SECONDS = 240.0


class ContainerError(Exception):
    """A container that does not come up, or is gone."""


@dataclass(frozen=True)
class Reply:
    """What a container answers."""

    status: int
    kind: str
    body: bytes


class Container:
    """A model's process. `logs` is the group and the name of its stream."""

    def __init__(self, model: Data, *, logs: tuple[str, str], environment: dict[str, str]) -> None:
        self._model, self._logs = model, logs
        self._environment = {**(model["_container"].get("Environment") or {}), **environment}
        self._base = Path(tempfile.mkdtemp(prefix="serve-"))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._process: subprocess.Popen[bytes] | None = None
        self._stream: Stream | None = None

    def start(self) -> None:
        """Bring the model as its role, start the process and wait until it answers. Raises ContainerError and s3.DataError."""
        session = roles.session(self._model["ExecutionRoleArn"])
        self._bring(session)
        self._stream = Stream(session, group=self._logs[0], name=self._logs[1])
        isolated = self._model["EnableNetworkIsolation"]
        command = [str(import_path.interpreter(*OFFERED)), str(SERVER), str(self._socket.fileno())]
        self._process = engines.start(
            [*(isolation.prefix() if isolated else ()), *command],
            environment=self._variables({} if isolated else session),
            folder=self._base / "model",
            merged=True,
            passed=(self._socket.fileno(),),
        )
        assert self._process.stdout is not None
        self._stream.follow(self._process.stdout)
        self._wait()

    def ask(self, body: bytes, *, kind: str, accept: str, seconds: float, more: Iterable[tuple[str, str]] = ()) -> Reply:
        """One invocation. Raises ContainerError if there is no answer in time."""
        connection = http.client.HTTPConnection("127.0.0.1", self._socket.getsockname()[1], timeout=seconds)
        try:
            connection.request("POST", "/invocations", body, {"Content-Type": kind, "Accept": accept, **dict(more)})
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheader("Content-Type") or "", answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise ContainerError(f"no answer within {seconds:.0f} s: {error}") from error
        finally:
            connection.close()

    def stop(self) -> None:
        """End the process and forget its files."""
        self._socket.close()
        if self._process:
            engines.stop(self._process)
            engines.finished(self._process)
        if self._stream:
            self._stream.close()
        shutil.rmtree(self._base, ignore_errors=True)

    def _bring(self, session: dict[str, str]) -> None:
        client = identity.client("s3", session)
        (self._base / "tmp").mkdir()
        archive = s3.fetch(client, self._model["_container"]["ModelDataUrl"], self._base / "tmp" / "model.tar.gz")
        s3.unpack(archive, self._base / "model")
        source = self._environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
        if not source.startswith("s3://"):
            return
        if self._model["EnableNetworkIsolation"]:
            raise ContainerError(f"the code at {source} cannot be fetched in network isolation; put it into the model as code/")
        s3.unpack(s3.fetch(client, source, self._base / "tmp" / "sourcedir.tar.gz"), self._base / "code")

    def _variables(self, session: dict[str, str]) -> dict[str, str]:
        source, program = (self._environment.get(f"SAGEMAKER_{name}", "") for name in ("SUBMIT_DIRECTORY", "PROGRAM"))
        if not program or not (source == CODE or source.startswith("s3://")):
            said = f"SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY ({CODE} or an address of S3) must say where the model's script is"
            raise ContainerError(said)
        code = self._base / "code" if source.startswith("s3://") else self._base / "model" / "code"
        return {
            "PATH": f"{import_path.interpreter(*OFFERED).parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(self._base / "tmp"),
            "TMPDIR": str(self._base / "tmp"),
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(code),
            "SAGEMAKER_BASE_DIR": str(self._base),
            "SM_MODEL_DIR": str(self._base / "model"),
            **session,
            **self._environment,
        }

    def _wait(self) -> None:
        """One `/ping`, which is answered once the model is loaded; a process that ends before that never answers."""
        until = time.monotonic() + START_SECONDS
        connection = http.client.HTTPConnection("127.0.0.1", self._socket.getsockname()[1], timeout=PING_SECONDS)
        connection.request("GET", "/ping")
        with contextlib.closing(connection), selectors.DefaultSelector() as answers:
            answers.register(connection.sock, selectors.EVENT_READ)
            while time.monotonic() < until and self._process and self._process.poll() is None:
                if answers.select(0.05) and connection.getresponse().status == http.client.OK:
                    return
        raise ContainerError("did not pass the ping health check")
