"""Patterns of policies: * is any text and ? any letter, line ends included.

The emulator's patterns end at a line end, but keys of S3 may hold one: a role that may read `bucket/*` was refused such a file, a
statement that denies `bucket/*` did not speak of it, and a right to `bucket/key` was one to the same key with a line end behind it.
"""

import re
from functools import lru_cache

from ministack.core import iam_evaluator

from local.seams import replace

MOST = 4096


def plug_in() -> None:
    """Compile patterns so that they mean whole texts."""
    replace(iam_evaluator, "_fnmatch_compile", expected="(pattern: str, ignore_case: bool) -> re.Pattern", by=compiled)


@lru_cache(MOST)
def compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """A pattern as a regular expression that matches whole texts only."""
    text = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile(f"{text}\\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))
