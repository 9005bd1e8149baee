"""A crawl makes tables of what lies under a path, and a second one brings them up to date."""

import bz2
import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.local.conftest import until
from tests.local.crawler.conftest import World

CALLS = "when,who,seconds\r\n01-02-2024 10:00,0049,12\r\n02-02-2024 11:00,0033,\r\n"
INHERIT = json.dumps(
    {
        "Version": 1.0,
        "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
        "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
    }
)


LINES = b'{"n": 1, "t": "x"}\n{"n": 2, "t": "y"}\n'


def packed(rows: int, compression: str = "snappy") -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table({"n": pa.array(range(rows), pa.int64())}), file, compression=compression)
    return file.getvalue()


def asked(world: World, sql: str) -> list[list[str | None]]:
    """The rows of a query, as Athena gives them."""
    athena = world.home.client("athena")
    started = athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{world.name}/results/"})
    identifier = started["QueryExecutionId"]

    def ended() -> Any:
        found = athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]
        return found if found["State"] in ("SUCCEEDED", "FAILED") else None

    status = until(ended, every=0.02)
    assert status["State"] == "SUCCEEDED", status
    rows = athena.get_query_results(QueryExecutionId=identifier)["ResultSet"]["Rows"][1:]
    return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]


def test_a_table_over_csv_is_what_aws_makes_of_it(world: World) -> None:
    world.put({"data/a.csv": CALLS, "data/b.csv": CALLS, "data/_SUCCESS": "x", "data/.hidden/c.csv": CALLS, "data/empty.csv": ""})
    crawler = world.crawl()
    table = world.tables()["data"]
    assert world.columns() == {"when": "string", "who": "bigint", "seconds": "bigint"}
    assert (table["PartitionKeys"], table["TableType"], table["Owner"]) == ([], "EXTERNAL_TABLE", "owner")
    assert table["Parameters"] == {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": crawler,
        "areColumnsQuoted": "false",
        "averageRecordSize": "21",
        "classification": "csv",
        "columnsOrdered": "true",
        "compressionType": "none",
        "delimiter": ",",
        "objectCount": "2",
        "recordCount": "4",
        "sizeKey": str(2 * len(CALLS)),
        "skip.header.line.count": "1",
        "typeOfData": "file",
    }
    described = table["StorageDescriptor"]
    assert described["Location"] == f"s3://{world.name}/data/"
    assert described["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert described["SerdeInfo"]["SerializationLibrary"] == "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
    assert described["SerdeInfo"]["Parameters"] == {"field.delim": ","}


def test_the_log_tells_what_aws_tells(world: World) -> None:
    world.put({"data/y=1/a.csv": CALLS, "data/y=2/a.csv": CALLS})
    crawler = world.crawl()
    policy = '{"UpdateBehavior":"UPDATE_IN_DATABASE","DeleteBehavior":"LOG"}'
    assert world.lines(crawler) == [
        f"BENCHMARK : Running Start Crawl for Crawler {crawler}",
        f"BENCHMARK : Classification complete, writing results to database {world.name}",
        f"INFO : Crawler configured with SchemaChangePolicy {policy}.",
        f"INFO : Created table data in database {world.name}",
        "INFO : Created partitions with values [[1], [2]] for table data",
        "BENCHMARK : Finished writing to Catalog",
        "INFO : Run Summary For PARTITION:",
        "INFO : ADD: 2",
        "INFO : Run Summary For TABLE:",
        "INFO : ADD: 1",
        "BENCHMARK : Crawler has finished running and is in state READY",
    ]


@pytest.mark.parametrize(
    ("objects", "sql", "rows"),
    [
        (
            {"data/a.csv": CALLS},
            'select "when", who, seconds from {} order by 1',
            [["01-02-2024 10:00", "49", "12"], ["02-02-2024 11:00", "33", None]],
        ),
        ({"data/a.csv.gz": gzip.compress(CALLS.encode())}, "select count(*), sum(seconds) from {}", [["2", "12"]]),
        ({"data/a.csv.bz2": bz2.compress(CALLS.encode())}, "select count(*), sum(seconds) from {}", [["2", "12"]]),
        ({"data/a.csv": CALLS, "data/b.csv": "when,who,seconds,cause\nx,1,2,3\n"}, "select count(*), sum(cause) from {}", [["3", "3"]]),
        ({"data/a.psv": "a|b\n1|x\n2|y\n"}, "select sum(a), max(b) from {}", [["3", "y"]]),
        ({"data/a.tsv": "x\ty\nz\tw\n"}, "select count(*), max(col0) from {}", [["2", "z"]]),
        (
            {"data/a.json": '{"Name": "x", "At": {"lat": 1.5}, "l": [1, 2]}\n{"Name": "y"}\n'},
            "select name, at.lat, l from {} order by 1",
            [["x", "1.5", "[1, 2]"], ["y", None, None]],
        ),
        ({"data/a.parquet": packed(5), "data/b.parquet": packed(3)}, "select count(*), sum(n) from {}", [["8", "13"]]),
        (
            {f"data/{c}.parquet": packed(3, c) for c in ("none", "snappy", "gzip", "zstd")},
            "select count(*), sum(n) from {}",
            [["12", "12"]],
        ),
        ({"data/a.json.gz": gzip.compress(LINES), "data/b.json.gz": gzip.compress(LINES)}, "select count(*), sum(n) from {}", [["4", "6"]]),
        ({"data/a.json.bz2": bz2.compress(LINES)}, "select count(*), max(t) from {}", [["2", "y"]]),
        (
            {"data/year=2026/month=11/a.csv": CALLS, "data/year=2026/month=12/a.csv": CALLS},
            "select year, month, count(*) from {} group by 1, 2 order by 2",
            [["2026", "11", "2"], ["2026", "12", "2"]],
        ),
        (
            {"data/2026/11/21/10/a.parquet": packed(2)},
            "select partition_0, partition_3, count(*) from {} group by 1, 2",
            [["2026", "10", "2"]],
        ),
    ],
    ids=[
        "csv",
        "gzip",
        "bzip2",
        "two forms",
        "bars",
        "tabs without header",
        "json",
        "parquet",
        "packed parquet",
        "json gzip",
        "json bzip2",
        "named folders",
        "plain folders",
    ],
)
def test_athena_reads_what_a_crawl_has_found(world: World, objects: dict[str, bytes | str], sql: str, rows: list[list[str | None]]) -> None:
    world.put(objects)
    world.crawl(Configuration=INHERIT)
    assert asked(world, sql.format(f'"{world.name}"."data"')) == rows


def test_text_that_is_packed_as_nobody_here_unpacks_is_no_table_and_refused_to_a_query(world: World) -> None:
    world.put({"data/a.csv": CALLS})
    world.crawl()
    table = f'"{world.name}"."data"'
    world.put({"data/b.csv.zst": zstandard(CALLS.encode())})
    assert asked(world, f"select count(*) from {table}") == [["4"]]
    for name in ("b.csv.snappy", "b.csv.lz4", "b.csv.zip"):
        world.put({f"data/{name}": b"x"})
        with pytest.raises(AssertionError, match=f"text that is packed as {name[6:]}"):
            asked(world, f"select count(*) from {table}")
        world.s3.delete_object(Bucket=world.name, Key=f"data/{name}")
    world.put({"data/b.csv.gz": b"no gzip"})
    with pytest.raises(AssertionError, match="HIVE_BAD_DATA"):
        asked(world, f"select count(*) from {table}")


def zstandard(content: bytes) -> bytes:
    file = pa.BufferOutputStream()
    with pa.CompressedOutputStream(file, "zstd") as stream:
        stream.write(content)
    return bytes(file.getvalue())


def test_a_second_crawl_adds_partitions_and_leaves_the_rest(world: World) -> None:
    world.put({"data/m=01/a.csv": CALLS})
    crawler = world.crawl(Configuration=INHERIT)
    first = world.tables()["data"]
    assert world.run(crawler)["Status"] == "SUCCEEDED"
    assert world.tables()["data"] == first
    world.put({"data/m=02/a.csv": CALLS})
    world.run(crawler)
    assert world.partitions() == [["01"], ["02"]]
    assert world.columns() == {"when": "string", "who": "bigint", "seconds": "bigint"}
    [last, second, _] = world.glue.list_crawls(CrawlerName=crawler)["Crawls"]
    assert json.loads(second["Summary"]) == {}
    assert json.loads(last["Summary"]) == {"TABLE": {"UPDATE": 1}, "PARTITION": {"ADD": 1}}


def test_a_new_column_makes_a_new_version_of_the_table_and_keeps_the_old(world: World) -> None:
    world.put({"data/m=01/a.csv": CALLS})
    crawler = world.crawl(Configuration=INHERIT)
    world.put({"data/m=02/b.csv": "when,who,seconds,cause\nx,1,2,3\n"})
    world.run(crawler)
    assert list(world.columns()) == ["when", "who", "seconds", "cause"]
    versions = world.glue.get_table_versions(DatabaseName=world.name, TableName="data")["TableVersions"]
    assert [len(each["Table"]["StorageDescriptor"]["Columns"]) for each in versions] == [4, 3]
    assert versions[0]["VersionId"] > versions[1]["VersionId"]
    old = world.glue.get_table_version(DatabaseName=world.name, TableName="data", VersionId=versions[1]["VersionId"])
    assert old["TableVersion"]["Table"] == versions[1]["Table"]
    parts = world.glue.get_partitions(DatabaseName=world.name, TableName="data")["Partitions"]
    assert {len(each["StorageDescriptor"]["Columns"]) for each in parts} == {4}


def test_changes_are_only_logged_where_the_crawler_says_so(world: World) -> None:
    world.put({"data/m=01/a.csv": CALLS})
    crawler = world.crawl(SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"})
    world.put({"data/m=02/b.csv": "when,who,seconds,cause\nx,1,2,3\n"})
    world.run(crawler)
    assert list(world.columns()) == ["when", "who", "seconds"]
    assert world.partitions() == [["01"], ["02"]]
    assert any("changed schema" in line for line in world.lines(crawler))


@pytest.mark.parametrize("behavior", ["LOG", "DEPRECATE_IN_DATABASE", "DELETE_FROM_DATABASE"])
def test_data_that_is_gone_is_logged_deprecated_or_deleted(world: World, behavior: str) -> None:
    world.put({"data/1/a.csv": CALLS, "data/2/a.json": '{"a": 1}', "data/3/m=1/a.csv": CALLS, "data/3/m=2/a.csv": CALLS})
    crawler = world.crawl(SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior})
    assert set(world.tables()) == {"1", "2", "3"}
    for key in ("data/2/a.json", "data/3/m=2/a.csv"):
        world.s3.delete_object(Bucket=world.name, Key=key)
    world.run(crawler)
    assert set(world.tables()) == ({"1", "3"} if behavior == "DELETE_FROM_DATABASE" else {"1", "2", "3"})
    assert ("DEPRECATED_BY_CRAWLER" in world.tables().get("2", {}).get("Parameters", {})) is (behavior == "DEPRECATE_IN_DATABASE")
    assert world.partitions("3") == ([["1"]] if behavior == "DELETE_FROM_DATABASE" else [["1"], ["2"]])


def test_only_new_folders_are_read_where_the_crawler_says_so(world: World) -> None:
    world.put({"data/m=01/a.csv": CALLS})
    log = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    crawler = world.crawl(SchemaChangePolicy=log, RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"})
    before = world.glue.get_partition(DatabaseName=world.name, TableName="data", PartitionValues=["01"])["Partition"]
    world.put({"data/m=01/broken.json": "{", "data/m=02/b.csv": CALLS})
    world.run(crawler)
    assert world.partitions() == [["01"], ["02"]]
    assert world.glue.get_partition(DatabaseName=world.name, TableName="data", PartitionValues=["01"])["Partition"] == before


def test_a_stray_file_makes_several_tables_and_leaves_the_old_one(world: World) -> None:
    world.put({"data/a.csv": CALLS, "data/b.csv": CALLS})
    crawler = world.crawl(Configuration=INHERIT)
    world.put({"data/alien.json": '{"a": 1}'})
    world.run(crawler)
    assert set(world.tables()) == {"data", "a_csv", "b_csv", "alien_json"}
    assert world.columns() == {"when": "string", "who": "bigint", "seconds": "bigint"}
    assert any(line.startswith("INFO : Table data is left as it is") for line in world.lines(crawler))


def test_a_table_over_other_data_is_left_alone(world: World) -> None:
    other = {"Name": "data", "StorageDescriptor": {"Columns": [{"Name": "x", "Type": "int"}], "Location": f"s3://{world.name}/else/"}}
    world.glue.create_table(DatabaseName=world.name, TableInput=other)
    world.put({"data/a.csv": CALLS})
    world.crawl()
    [hashed] = set(world.tables()) - {"data"}
    assert hashed.startswith("data_")
    assert len(hashed) == len("data_") + 32
    assert world.columns("data") == {"x": "int"}


def test_exclusions_sample_size_and_prefix_are_obeyed(world: World) -> None:
    world.put({"data/a.csv": CALLS, "data/b.json": "{", "data/c.csv": "other,names\n1,2\n"})
    world.crawl(exclusions=["*.json"], sample=1, TablePrefix="seen_")
    assert world.columns("seen_data") == {"when": "string", "who": "bigint", "seconds": "bigint"}
    assert world.tables()["seen_data"]["Parameters"]["objectCount"] == "1"


def test_a_classifier_names_columns_of_nothing_but_texts(world: World) -> None:
    world.glue.create_classifier(CsvClassifier={"Name": world.name, "Delimiter": ",", "ContainsHeader": "PRESENT"})
    world.put({"data/a.csv": "name,town\nx,y\nz,w\n"})
    world.crawl()
    assert list(world.columns()) == ["col0", "col1"]
    world.crawl(Classifiers=[world.name])
    assert list(world.columns()) == ["name", "town"]


def test_no_object_is_no_table(world: World) -> None:
    crawler = world.crawl()
    assert world.tables() == {}
    assert world.glue.list_crawls(CrawlerName=crawler)["Crawls"][0]["State"] == "COMPLETED"
