"""Statements about the catalog, as Hive writes them: SHOW and DESCRIBE, with names in double quotes, backquotes or none."""

import re

from local.athena.statement import TEXT, Statement

_NAME = r'(?:"[^"]+"|`[^`]+`|\w+)'
_TABLE = rf"(?P<table>{_NAME}(?:\.{_NAME}){{0,2}})"
_IN = r"(?:in|from)\s+"
_DATABASE = rf"(?:\s+{_IN}(?P<database>{_NAME}))?"
_FORMS = tuple(
    (name, re.compile(pattern, re.I | re.S))
    for name, pattern in (
        ("SHOW_DATABASES", r"show\s+(?:databases|schemas)(?:\s+like\s+'(?P<pattern>[^']*)')?"),
        ("SHOW_TABLES", rf"show\s+tables{_DATABASE}(?:\s+(?:like\s+)?'(?P<pattern>[^']*)')?"),
        ("SHOW_VIEWS", rf"show\s+views{_DATABASE}(?:\s+like\s+'(?P<pattern>[^']*)')?"),
        ("SHOW_COLUMNS", rf"show\s+columns\s+{_IN}{_TABLE}{_DATABASE}"),
        ("SHOW_PARTITIONS", rf"show\s+partitions\s+{_TABLE}"),
        ("SHOW_TABLE_PROPERTIES", rf"show\s+tblproperties\s+{_TABLE}(?:\s*\(\s*'(?P<key>[^']*)'\s*\))?"),
        ("SHOW_CREATE_TABLE", rf"show\s+create\s+table\s+{_TABLE}"),
        ("SHOW_CREATE_VIEW", rf"show\s+create\s+view\s+{_TABLE}"),
        ("DESCRIBE_TABLE", rf"desc(?:ribe)?\s+{_TABLE}"),
    )
)


def show(bare: str) -> Statement | None:
    """The statement that a text without comments means, None if it is another one."""
    for name, pattern in _FORMS:
        if match := pattern.fullmatch(bare):
            arguments = {
                key: value if key == "table" else value.strip('"`') for key, value in match.groupdict().items() if value is not None
            }
            return Statement(bare, "UTILITY", name, TEXT, arguments=arguments)
    return None
