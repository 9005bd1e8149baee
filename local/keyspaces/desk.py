"""Where Cassandra's shim asks the home: who logs in, who may do what, what tables are. On this machine only, with a secret."""

import hmac
import json
import logging
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

log = logging.getLogger("home.keyspaces")
Question = Callable[[dict[str, Any]], dict[str, Any]]
QUESTIONS: dict[str, Question] = {}  # filled by `operations`, which needs the engine, which needs this desk

_opened: dict[str, str] = {}
_lock = threading.Lock()


def opened(secret: str) -> str:
    """The desk's address; it opens when it is first asked for, and stays open as long as the home."""
    with _lock:
        if "address" not in _opened:
            server = _Server(("127.0.0.1", 0), _handler(secret))
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, name="keyspaces-desk", daemon=True).start()
            _opened["address"] = f"http://127.0.0.1:{server.server_address[1]}"
        return _opened["address"]


def _answer(question: str, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return QUESTIONS[question](asked)
    except (PermissionError, ValueError) as error:
        log.warning("refused: %s", error)
        return {"refusal": str(error), "kind": type(error).__name__}
    except Exception as error:
        log.exception("question %s", question)
        return {"refusal": f"the local home failed: {error}", "kind": type(error).__name__}


class _Server(ThreadingHTTPServer):
    request_queue_size = 256  # Cassandra's threads all ask at once when an answer is too old; of five that wait, the kernel drops the sixth


def _handler(secret: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            question = self.path.strip("/")
            if not hmac.compare_digest(self.headers.get("Authorization") or "", secret):
                self._send(403, {"refusal": "this desk is Cassandra's"})
            elif question not in QUESTIONS:
                self._send(404, {"refusal": f"no such question: {question}"})
            else:
                self._send(200, _answer(question, json.loads(body or b"{}")))

        def _send(self, status: int, content: dict[str, Any]) -> None:
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Nothing: refusals are logged, the rest is too much."""

    return Handler
