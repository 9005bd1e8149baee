"""Saved questions: SQL files with a name and a description on top."""

import re
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import aws_athena as athena
from constructs import Construct

HEADER = re.compile(r"-- name: (?P<name>.+)\n-- description: (?P<description>.+)\n")


class QuestionError(ValueError):
    """A question file that cannot be saved: says which and why."""


class Questions(Construct):
    """Every `*.sql` of a folder as a named query of a workgroup. `{zone}` in the SQL stands for that zone's database."""

    def __init__(self, scope: Construct, construct_id: str, *, folder: Path, workgroup: str, databases: Mapping[str, str]) -> None:
        super().__init__(scope, construct_id)
        for file in sorted(folder.glob("*.sql")):
            header, sql = read_question(file)
            athena.CfnNamedQuery(
                self,
                file.stem,
                name=header["name"],
                description=header["description"],
                database=databases["cleaned"],
                query_string=with_databases(sql, databases=databases, file=file),
                work_group=workgroup,
            )


def read_question(file: Path) -> tuple[dict[str, str], str]:
    """The header of a question file (`name`, `description`) and its SQL."""
    text = file.read_text(encoding="utf-8")
    header = HEADER.match(text)
    if not header:
        raise QuestionError(f"{file.name}: begin with the lines `-- name: …` and `-- description: …`")
    return header.groupdict(), text[header.end() :].strip()


def with_databases(sql: str, *, databases: Mapping[str, str], file: Path) -> str:
    """SQL with every `{zone}` replaced by the name of its database. QuestionError names the file for any other word in braces."""

    def name(match: re.Match[str]) -> str:
        if match[1] not in databases:
            raise QuestionError(f"{file.name}: {match[0]} names no database; allowed are {', '.join(databases)} in braces")
        return databases[match[1]]

    return re.sub(r"\{(\w+)\}", name, sql)
