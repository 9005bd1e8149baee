"""Glue crawlers at home: what lies under a path becomes tables, inferred from the objects alone, as the crawler's role.

`definitions.py` and `classifiers.py` answer the API and refuse what AWS refuses; `schedule.py` starts crawlers on time.
A crawl (`crawl.py`) reads the beginning of every object (`objects.py`), says what each holds (`shapes.py`, with
`delimited.py`, `documents.py` and `parquet.py`; types in `kinds.py`), finds tables and partitions in the folders (`folders.py`),
describes them as Glue does (`describe.py`) and writes them to the catalog (`catalog.py`), with a log (`journal.py`).
"""

from local.glue.crawler import api, crawls
from local.glue.crawler.api import ADDED

__all__ = ["ADDED", "close", "plug_in"]


def plug_in() -> None:
    """Put real crawls in the place of the emulator's."""
    api.plug_in()


def close() -> None:
    """End the crawls that the home's end has cut off."""
    crawls.close()
