"""The credentials of a run, renewed while it runs, where every SDK looks for them: at an address that its environment names.

A job may run for days, a session of its role ends after an hour. On AWS the job's SDKs ask again before that. Here they do the
same, by the protocol of containers: the run's environment has an address on 127.0.0.1 and a token for it, no key. What is asked in the
second half of a session's life is answered with a new session, for which the role must still exist and trust Glue.
"""

import contextvars
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIFE_SECONDS = 3600
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
Session = dict[str, str]


def life() -> float:
    """Seconds that a session of a run lasts. Only tests of renewal ask for another life."""
    return float(os.environ.get("HOME_SESSION_SECONDS", LIFE_SECONDS))


class Renewed:
    """One session after another. `opened` gets the seconds that a session is to last."""

    def __init__(self, opened: Callable[[float], Session], *, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._opened, self._seconds, self._clock = opened, seconds, clock
        self._lock = threading.Lock()
        self._session: Session = {}
        self._until = 0.0

    def now(self) -> tuple[Session, float]:
        """A session of which at least half is to come, and when it ends."""
        with self._lock:
            if self._until - self._clock() <= self._seconds / 2:
                self._session, self._until = self._opened(self._seconds), self._clock() + self._seconds
            return self._session, self._until


@contextmanager
def served(renewed: Renewed) -> Iterator[Session]:
    """Answer SDKs as long as the block lasts. Yields the environment variables of a session with the way to here instead of keys."""
    token = secrets.token_urlsafe(30)
    context = contextvars.copy_context()
    first, _ = renewed.now()
    lock = threading.Lock()

    def answer(given: str) -> tuple[int, dict[str, str]]:
        if not secrets.compare_digest(given.encode(), token.encode()):
            return 403, {"code": "AccessDenied", "message": "this address serves the job that has its token"}
        with lock:  # a context can be entered by one thread at a time
            try:
                session, until = context.run(renewed.now)
            except PermissionError as error:
                return 403, {"code": "AccessDenied", "message": str(error)}
        return 200, _container(session, until)

    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="glue-credentials", daemon=True).start()
    try:
        yield {
            **{k: v for k, v in first.items() if k not in KEYS},
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{server.server_port}/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        }
    finally:
        server.shutdown()
        server.server_close()


def _container(session: Session, until: float) -> dict[str, str]:
    """A session as SDKs read it from the address of a container."""
    key, secret, token = (session[each] for each in KEYS)
    ends = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"AccessKeyId": key, "SecretAccessKey": secret, "Token": token, "Expiration": ends}


def _handler(answer: Callable[[str], tuple[int, dict[str, str]]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.headers.get("Authorization", ""))
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None:
            """Nothing: the home's log tells of runs, not of every question of an SDK."""

    return Handler
