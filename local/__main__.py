"""`python -m local --folder .local/home`: start the home and stay in the foreground until SIGTERM or SIGINT."""

import argparse
import os
import sys
from pathlib import Path

from local import environment, leftovers, redo
from local.errors import HomeError
from local.folder import Folder


def main() -> int:
    """Start a home; 1 if one runs in the folder already."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".local/home"), help="where the home keeps everything")
    parser.add_argument("--engines", type=Path, default=Path(".local/engines"), help="where the engines' jars are")
    arguments = parser.parse_args()
    os.umask(0o077)
    folder = Folder(arguments.folder)
    try:
        folder.lock()
    except HomeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    redo.recover(folder.objects)
    lost = leftovers.settle(folder)
    port, root = folder.port(), environment.root_key(folder)
    environment.prepare(folder, port=port, root=root)
    os.environ["HOME_ENGINES"] = str(arguments.engines.resolve())
    say = os.fdopen(os.dup(1), "w")
    log = folder.open_log()
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    from local import serve  # the emulator reads its environment when it is imported

    serve.run(folder, port=port, root=root, lost=lost, ready=lambda line: print(line, file=say, flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
