"""A proxy between a client and the home that does harm when it is told to, and keeps a list of the harm it did.

Requests pass through as they are, headers in their order, so that signatures stay valid.
"""

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_DOWN = b'<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
EXPIRED = b'<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>'
EXPIRED_JSON = b'{"__type": "ExpiredTokenException", "message": "The security token included in the request is expired"}'
UNAVAILABLE = b'{"__type": "InternalServiceException", "message": "The service is not available"}'


@dataclass(frozen=True)
class Request:
    """What a fault looks at."""

    method: str
    path: str
    target: str
    body: bytes


@dataclass(frozen=True)
class Fault:
    """Harm to the next `times` requests for which `when` is true: slow_down, unavailable, expired, reset, lost_answer, truncated,
    late (not before `gate` is set) or seen (none)."""

    harm: str
    when: Callable[[Request], bool]
    times: int = 1


class Proxy(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1 and forwards to the home."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind, self.faults, self.fired, self._lock = port, list[list[Any]](), list[str](), threading.Lock()
        self.gate, self.endpoint = threading.Event(), f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def arm(self, *faults: Fault) -> None:
        """Do this harm from now on, and forget what was done before."""
        self.gate.clear()
        with self._lock:
            self.fired, self.faults = [], [[fault, fault.times] for fault in faults]

    def harm(self, request: Request) -> str:
        """The harm that this request meets; empty for none."""
        with self._lock:
            for each in self.faults:
                if each[1] and each[0].when(request):
                    each[1] -= 1
                    self.fired.append(f"{each[0].harm}: {request.method} {request.target or request.path}")
                    return str(each[0].harm)
        return ""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up; that is what this is about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def handle_one_request(self) -> None:
        """Any method is forwarded."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        harm = self.server.harm(Request(self.command, self.path, self.headers.get("X-Amz-Target", ""), body))
        if harm == "reset":
            self.close_connection = True
        elif harm in ("slow_down", "unavailable", "expired"):
            self._refuse(harm)
        else:
            if harm == "late":
                self.server.gate.wait(120)
            self._forward(body, harm=harm)

    def _refuse(self, harm: str) -> None:
        json = bool(self.headers.get("X-Amz-Target"))
        answer = {"slow_down": SLOW_DOWN, "unavailable": UNAVAILABLE, "expired": EXPIRED_JSON if json else EXPIRED}[harm]
        self._send({"slow_down": 503, "unavailable": 500, "expired": 400}[harm], [("Content-Length", str(len(answer)))], answer)

    def _forward(self, body: bytes, *, harm: str) -> None:
        behind = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=120)
        behind.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("expect", "connection"):
                behind.putheader(name, value)
        behind.endheaders(body)
        answer = behind.getresponse()
        content = answer.read()
        behind.close()
        if harm == "lost_answer":
            self.close_connection = True
            return
        headers = [(n, v) for n, v in answer.getheaders() if n.lower() not in ("connection", "transfer-encoding")]
        if answer.getheader("Content-Length") is None and self.command != "HEAD":
            headers.append(("Content-Length", str(len(content))))
        if harm == "truncated":
            self.close_connection, content = True, content[: len(content) // 2]
        self._send(answer.status, headers, content)

    def _send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.wfile.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode("latin-1") + (b"" if self.command == "HEAD" else content))
        self.wfile.flush()
