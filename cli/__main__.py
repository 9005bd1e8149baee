"""Starts `mill`."""

import sys
from io import TextIOWrapper

from cli.app import app

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a mark that the terminal's encoding lacks is no reason to fail
    app(prog_name="mill")
