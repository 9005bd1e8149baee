"""The home as a running process: the emulator with the stand-ins plugged in, from ready to stopped."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app

from local import checkpoint, engines, environment, keyspaces, people, plugs, seams
from local.errors import HomeError
from local.folder import Folder, write_private

log = logging.getLogger("home")
START_SECONDS = 30
REQUEST_GRACE = 2


def run(folder: Folder, *, port: int, root: dict[str, str], lost: str, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, then save, stop the engines and end the process.

    `ready` is called with one line when `home.json` is written. Never returns normally: threads that still wait (for a
    custom resource, say) must not keep a stopped home alive. `lost` is what the last home lost by being killed.
    """
    seams.check_version()
    plugs.plug_in(root["access_key_id"])
    code = 0
    try:
        asyncio.run(_serve(folder, port=port, root=root, lost=lost, ready=ready))
    except HomeError as error:
        log.error("%s", error)
        ready(f"error: {error}")
        code = 1
    finally:
        engines.stop_all()
        folder.home.unlink(missing_ok=True)
        logging.shutdown()
    os._exit(code)


async def _serve(folder: Folder, *, port: int, root: dict[str, str], lost: str, ready: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = REQUEST_GRACE
    config.errorlog = logging.getLogger("hypercorn.error")
    serving = asyncio.create_task(hypercorn_serve(app.app, config, shutdown_trigger=stop.wait))
    await _answering(port, serving)
    keys = await asyncio.to_thread(people.settle, folder, root=root, region=environment.REGION)
    keyspaces.operations.start_again()
    if lost:
        log.warning("%s", lost)
        ready(lost)
    checkpoint.save()
    saving = asyncio.create_task(checkpoint.keep_saving())
    _announce(folder, port=port, keys=keys, lost=lost)
    ready(f"ready: http://127.0.0.1:{port} (process {os.getpid()}, log {folder.log})")
    await stop.wait()
    folder.home.unlink(missing_ok=True)
    saving.cancel()
    log.info("%s", checkpoint.told())
    await asyncio.to_thread(engines.stop_all)
    await serving
    folder.up.unlink()


async def _answering(port: int, serving: asyncio.Task[None]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if serving.done():
            await serving
            break
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
    raise HomeError(f"the home did not start listening on port {port}: see its log")


def _announce(folder: Folder, *, port: int, keys: dict[str, dict[str, str]], lost: str) -> None:
    content = {
        "pid": os.getpid(),
        "endpoint": f"http://127.0.0.1:{port}",
        "region": environment.REGION,
        "account": environment.ACCOUNT,
        "profiles": keys,
        "lost": lost,
    }
    write_private(folder.home, content)
