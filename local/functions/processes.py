"""Functions run in processes of their own, as their roles, with what Lambda's Python has and nothing of the home's.

The emulator starts a function with the home's whole environment and packages, and with keys of its role even if Lambda may not
assume it. Here the role's trust is asked, the process keeps its own variables only, and it can import Python's standard library,
boto3 with what boto3 needs, the function's code and its layers: a dependency that was forgotten fails at home too. The process
stays for the next invocation, for at most some hours, as on Lambda.
"""

import sysconfig
import time
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from local.functions.printed import MARKS
from local.functions.rights import function_session
from local.import_path import library
from local.seams import replace

KEPT = ("PATH", "TMPDIR", "LANG", "TZ")
OWN = ("AWS_", "LAMBDA_", "_LAMBDA_")
OLDEST_SECONDS = 4 * 3600

CLEAN = """
import os, sys
for name in [n for n in os.environ if n not in {kept!r} and not n.startswith({own!r})]:
    del os.environ[name]
sys.path[:] = {paths!r}
"""


def plug_in() -> None:
    """Run functions with their role's session, a clean environment and a clean import path."""

    def credentials(config: dict[str, Any]) -> dict[str, str]:
        session = function_session(config)
        return {name: session[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}

    def binary(runtime: str) -> tuple[str, str]:
        program, script = detect(runtime)
        return (program, clean_start() + script) if runtime.startswith("python") else (program, script)

    def invoke(worker: Any, *event: Any, **more: Any) -> Any:
        if worker._start_time and time.time() - worker._start_time > OLDEST_SECONDS:
            worker.kill()
        return invoke_worker(worker, *event, **more)

    for owner in (lambda_runtime, lambda_svc):
        replace(owner, "execution_credentials", expected="(config: dict) -> dict[str, str]", by=credentials)
    detect = replace(lambda_runtime, "_detect_runtime_binary", expected="(runtime: str) -> tuple[str, str]", by=binary)
    invoke_worker = replace(
        lambda_runtime.Worker,
        "invoke",
        expected="(self, event, request_id: str, *, trace_id: str | None = None, depth=None, durable: dict | None = None, "
        "invoked_function_arn: str | None = None) -> dict",
        by=invoke,
    )


def clean_start() -> str:
    """The first lines of a function's process."""
    standard = Path(sysconfig.get_path("stdlib"))
    paths = [str(standard), str(standard / "lib-dynload"), str(library("boto3"))]
    return CLEAN.format(kept=KEPT, own=OWN, paths=paths) + MARKS
