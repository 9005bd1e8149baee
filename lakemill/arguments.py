"""Job arguments where awsglue is not installed: the same call, the same names."""

import argparse
from collections.abc import Sequence


def getResolvedOptions(argv: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """The values of `--name value` pairs; all names are required, others are ignored. SystemExit names what is missing."""
    parser = argparse.ArgumentParser(allow_abbrev=False, prog=argv[0] if argv else None)
    for name in names:
        parser.add_argument(f"--{name}", required=True)
    return vars(parser.parse_known_args(list(argv[1:]))[0])
