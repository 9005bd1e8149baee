"""The process of a model: what the framework's image does on AWS, with the standard library and NumPy.

The home starts it with the number of a listening socket, in the folder of the model. It imports nothing of the home: what a script
can import is what the image has. `model_fn` loads the model; then `input_fn`, `predict_fn` and `output_fn`, or `transform_fn` alone.
"""

import importlib
import io
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

ANY = ("", "*/*")
DEFAULT_ACCEPT = "application/json"


class UnsupportedError(Exception):
    """A content type that nobody can read or write: an answer with this status."""

    def __init__(self, status: int, kind: str) -> None:
        super().__init__(f"Content type {kind} is not supported by this framework.")
        self.status = status


def read_input(body: bytes, kind: str) -> Any:
    """The image's own `input_fn`: JSON, CSV or NumPy's form."""
    if kind.startswith("application/json"):
        return np.array(json.loads(body)).astype(np.float32)
    if kind.startswith("text/csv"):
        return np.genfromtxt(io.StringIO(body.decode()), dtype=np.float32, delimiter=",")
    if kind.startswith("application/x-npy"):
        return np.load(io.BytesIO(body), allow_pickle=False)
    raise UnsupportedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, kind)


def write_output(prediction: Any, accept: str) -> tuple[Any, str]:
    """The image's own `output_fn`."""
    if accept.startswith("application/json"):
        return json.dumps(prediction.tolist() if hasattr(prediction, "tolist") else prediction), accept
    if accept.startswith("text/csv"):
        text = io.StringIO()
        np.savetxt(text, np.atleast_1d(prediction), delimiter=",", fmt="%s")
        return text.getvalue(), accept
    if accept.startswith("application/x-npy"):
        buffer = io.BytesIO()
        np.save(buffer, prediction, allow_pickle=False)
        return buffer.getvalue(), accept
    raise UnsupportedError(HTTPStatus.NOT_ACCEPTABLE, accept)


def transformer(module: Any) -> Callable[[Any, bytes, str, str], Any]:
    """What makes an answer of a model, a body, its type and the type that is wanted."""
    names = ("input_fn", "predict_fn", "output_fn")
    own = {name: getattr(module, name, None) for name in names}
    whole = getattr(module, "transform_fn", None)
    if whole and any(own.values()):
        sys.exit("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
    if whole:
        return whole  # type: ignore[no-any-return]
    read, write = own["input_fn"] or read_input, own["output_fn"] or write_output
    predict = own["predict_fn"] or (lambda data, model: model.predict(data))
    return lambda model, body, kind, accept: write(predict(read(body, kind), model), accept)


class Handler(BaseHTTPRequestHandler):
    """Requests of the home."""

    protocol_version = "HTTP/1.1"
    model: Any
    transform: Callable[[Any, bytes, str, str], Any]

    def do_GET(self) -> None:
        """Whether the model is there."""
        self._reply(HTTPStatus.OK if self.path == "/ping" else HTTPStatus.NOT_FOUND, b"", "text/plain")

    def do_POST(self) -> None:
        """One invocation."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type") or DEFAULT_ACCEPT
        accept = self.headers.get("Accept") or ""
        if accept in ANY:
            accept = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", DEFAULT_ACCEPT)
        try:
            found = type(self).transform(self.model, body, kind, accept)
            answer, kind = found if isinstance(found, tuple) else (found, accept)
            self._reply(HTTPStatus.OK, answer.encode() if isinstance(answer, str) else bytes(answer), kind)
        except UnsupportedError as error:
            self._reply(error.status, str(error).encode(), "text/plain")
        except Exception as error:
            traceback.print_exc()
            self._reply(HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}: {error}".encode(), "text/plain")

    def _reply(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """The log is the script's."""


def main() -> None:
    """Load the model and answer until SIGTERM."""
    listening = socket.socket(fileno=int(sys.argv[1]))
    module = importlib.import_module(os.environ["SAGEMAKER_PROGRAM"].removesuffix(".py"))
    if not hasattr(module, "model_fn"):
        sys.exit("Please provide a model_fn implementation.")
    Handler.transform = staticmethod(transformer(module))
    Handler.model = module.model_fn(os.environ["SM_MODEL_DIR"])
    server = ThreadingHTTPServer(listening.getsockname(), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
