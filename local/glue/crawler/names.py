"""Names of tables: those of folders, in letters that the catalog takes."""

import hashlib
import re


def table_name(folder: str, *, prefix: str) -> str:
    """The name of a table over a folder, or over an object by its whole name."""
    return prefix.lower() + re.sub(r"[^a-z0-9_]", "_", folder.lower())


def hashed(name: str, location: str) -> str:
    """The name of a table whose plain name belongs to another table: AWS adds a hash."""
    return f"{name}_{hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()}"
