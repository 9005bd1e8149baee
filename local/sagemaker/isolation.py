"""Network isolation, as far as the machine allows: a process without a network, by the kernel's own means.

Without it an isolated job still gets no credentials and no address of the home; docs/parity.md says so.
"""

import shutil
import subprocess
from functools import cache


@cache
def prefix() -> tuple[str, ...]:
    """What to put before a command so that it has no network; empty if this machine cannot do that."""
    tool = shutil.which("unshare")
    for way in ((tool, "--net"), (tool, "--user", "--map-current-user", "--net")) if tool else ():
        command = tuple(str(part) for part in way)
        if subprocess.run([*command, "true"], capture_output=True, check=False, timeout=10).returncode == 0:
            return command
    return ()
