"""Statements that change only the catalog: CREATE VIEW, DROP VIEW, DROP TABLE.

Dropping a Hive table leaves its data; dropping an Iceberg table deletes every object below its location, as Athena does,
with the caller's rights and before the table is gone.
"""

from typing import Any

from botocore.exceptions import ClientError

from local.athena import engine, names, views
from local.athena.catalog import GlueTable, TableName, catalog_failure
from local.athena.engine import Answer
from local.athena.failures import QueryFailure
from local.athena.job import Job
from local.athena.lake import bucket_and_key
from local.athena.writing import shape
from local.athena.writing.files import folder, write_failure

NO_TABLE = 1301


def create_view(job: Job) -> Answer:
    """CREATE [OR REPLACE] VIEW. Raises QueryFailure."""
    name = _name(job)
    existing = job.session.catalog.find(name)
    if existing is not None and not existing.is_view:
        raise QueryFailure("TABLE_ALREADY_EXISTS", f"Table already exists: '{name}'", (1, 1))
    if existing is not None and "or replace" not in job.statement.flags:
        raise QueryFailure("TABLE_ALREADY_EXISTS", f"View already exists: '{name}'", (1, 1))
    columns = shape.named(engine.describe(job.session, job.statement))
    listed = [(column, shape.trino_type(kind)) for column, kind in columns]
    table = {
        "Name": name.table,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "StorageDescriptor": {"Columns": [{"Name": column, "Type": _shown(column, kind)} for column, kind in columns], "Location": ""},
        "PartitionKeys": [],
        "ViewOriginalText": views.encoded(name, job.statement.arguments["query"], listed),
        "ViewExpandedText": "/* Presto View */",
    }
    glue = job.caller.glue
    _asked(glue.update_table if existing else glue.create_table, name, DatabaseName=name.database, TableInput=table)
    return _nothing()


def drop_view(job: Job) -> Answer:
    """DROP VIEW. Raises QueryFailure."""
    name = _name(job)
    table = _found(job, name, "View")
    if table is not None:
        if not table.is_view:
            raise QueryFailure("TABLE_NOT_FOUND", f"View '{name}' does not exist, but a table with that name exists.", (1, 1))
        _asked(job.caller.glue.delete_table, name, DatabaseName=name.database, Name=name.table)
    return _nothing()


def drop_table(job: Job) -> Answer:
    """DROP TABLE. Raises QueryFailure."""
    name = _name(job)
    table = _found(job, name, "Table")
    if table is not None:
        if table.is_view:
            raise QueryFailure("TABLE_NOT_FOUND", f"Table '{name}' does not exist, but a view with that name exists.", (1, 1))
        if table.is_iceberg:
            _delete_objects(job.caller.s3, folder(table.storage.get("Location", "")))
        _asked(job.caller.glue.delete_table, name, DatabaseName=name.database, Name=name.table)
    return _nothing()


def _name(job: Job) -> TableName:
    return names.resolve(job.target, job.session.database)[0]


def _found(job: Job, name: TableName, what: str) -> GlueTable | None:
    table = job.session.catalog.find(name)
    if table is None and "if exists" not in job.statement.flags:
        if what == "Table":  # Hive's part of Athena drops tables, and has words of its own
            raise QueryFailure("", f"FAILED: SemanticException [Error 10001]: Table not found {name}", kind=NO_TABLE)
        raise QueryFailure("TABLE_NOT_FOUND", f"View '{name}' does not exist", (1, 1))
    return table


def _shown(name: str, kind: Any) -> str:
    try:
        return shape.hive_type(name, kind)
    except QueryFailure:  # Glue shows a view's columns in Hive's types; Athena reads those in the view's own text
        return "timestamp" if shape.trino_type(kind).startswith("timestamp") else "string"


def _delete_objects(s3: Any, location: str) -> None:
    bucket, prefix = bucket_and_key(location)
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
            refused = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys}).get("Errors", []) if keys else []
            if refused:
                raise QueryFailure(
                    "PERMISSION_DENIED", f"Access Denied when deleting s3://{bucket}/{refused[0]['Key']} ({refused[0].get('Message')})"
                )
    except ClientError as error:
        raise write_failure(error, location) from error


def _asked(operation: Any, name: TableName, **arguments: Any) -> None:
    try:
        operation(**arguments)
    except ClientError as error:
        raise catalog_failure(error, name.database, None) from error


def _nothing() -> Answer:
    return Answer([], iter(()), updated=None)
