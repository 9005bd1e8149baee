"""Which objects become one table, and which folders its partitions; no home is needed for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from local.glue.crawler.describe import Signature, described
from local.glue.crawler.folders import Found, groups, keys_and_values
from local.glue.crawler.names import table_name
from local.glue.crawler.objects import Object, Target
from local.glue.crawler.shapes import Shape

CSV = Shape(classification="csv", delimiter=",", columns={"a": "int", "b": "string", "c": "string"}, serde="x", rows=1, whole=True)
WIDER = Shape(classification="csv", delimiter=",", columns={**CSV.columns, "d": "int"}, serde="x", rows=1, whole=True)
OTHER = Shape(classification="csv", delimiter=",", columns={"x": "int", "y": "int"}, serde="x", rows=1, whole=True)
PACKED = Shape(classification="csv", compression="gzip", delimiter=",", columns=CSV.columns, serde="x", rows=1, whole=True)
JSON = Shape(classification="json", columns=CSV.columns, serde="j", rows=1, whole=True)


def found(*objects: tuple[str, Shape]) -> list[Found]:
    return [Found(Object(f"data/{path}", path, 10), shape) for path, shape in objects]


def tables(*objects: tuple[str, Shape], combine: bool = True) -> dict[str, int]:
    """Where tables are, with the number of their partition keys."""
    return {"/".join(each.place): each.depth for each in groups(found(*objects), combine=combine)}


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([("a.csv", CSV), ("b.csv", CSV)], {"": 0}),
        ([("a.csv", CSV), ("b.csv", WIDER)], {"": 0}),
        ([("a.csv", CSV), ("b.json", JSON)], {"a.csv": 0, "b.json": 0}),
        ([("a.csv", CSV), ("b.csv.gz", PACKED)], {"a.csv": 0, "b.csv.gz": 0}),
        ([("a.csv", CSV), ("x", Shape())], {"a.csv": 0, "x": 0}),
        ([("y=1/a", CSV), ("y=2/a", CSV)], {"": 1}),
        ([("2026/11/21/10/a", CSV), ("2026/11/21/11/a", CSV), ("2026/12/01/00/a", WIDER)], {"": 4}),
        ([("2026/11/a", CSV)], {"": 2}),
        ([("1/a", CSV), ("2/a", CSV), ("3/a", JSON)], {"": 1, "3": 0}),
        ([("1/a", CSV), ("2/a", JSON)], {"1": 0, "2": 0}),
        ([("1/a", CSV), ("2/x/a", CSV)], {"1": 0, "2": 1}),
        ([("a", CSV), ("1/a", CSV), ("2/a", CSV)], {"": 0, "1": 0, "2": 0}),
        ([("1/a", CSV), ("1/b", JSON), ("2/a", CSV)], {"1/a": 0, "1/b": 0, "2": 0}),
        ([], {}),
    ],
)
def test_data_that_is_alike_is_one_table(objects: list[tuple[str, Shape]], expected: dict[str, int]) -> None:
    assert tables(*objects) == expected


def test_seventy_percent_of_the_names_are_alike_unless_the_crawler_combines_schemas() -> None:
    assert tables(("a", CSV), ("b", WIDER), combine=False) == {"": 0}
    assert tables(("a", CSV), ("b", OTHER), combine=False) == {"a": 0, "b": 0}
    assert tables(("a", CSV), ("b", OTHER), combine=True) == {"": 0}


def test_columns_of_a_table_are_those_of_all_its_objects_the_widest_first() -> None:
    [group] = groups(found(("a", CSV), ("b", WIDER), ("c", OTHER)), combine=True)
    assert list(group.columns) == ["a", "b", "c", "d", "x", "y"]


@pytest.mark.parametrize(
    ("paths", "keys", "values"),
    [
        ([("year=2026", "month=11")], ["year", "month"], [["2026", "11"]]),
        ([("2026", "11"), ("2026", "12")], ["partition_0", "partition_1"], [["2026", "11"], ["2026", "12"]]),
        ([("2026", "day=1")], ["partition_0", "day"], [["2026", "1"]]),
        ([("day=1", "x")], ["day", "partition_0"], [["1", "x"]]),
        ([("a=1",), ("b=2",)], ["partition_0"], [["a=1"], ["b=2"]]),
        ([("Year=1",)], ["year"], [["1"]]),
        ([("a=b=c",)], ["a"], [["b=c"]]),
        ([("=1",), ("a=",)], ["partition_0"], [["=1"], ["a="]]),
    ],
)
def test_folders_name_their_keys_or_are_numbered(paths: list[tuple[str, ...]], keys: list[str], values: list[list[str]]) -> None:
    found_keys, found_values = keys_and_values(paths)
    assert (found_keys, list(found_values.values())) == (keys, values)


@given(some.lists(some.lists(some.sampled_from(["a", "b", "y=1", "y=2"]), max_size=3), max_size=12))
def test_every_object_is_in_one_table_and_lies_below_it(folders: list[list[str]]) -> None:
    objects = [("/".join([*path, f"{number}.csv"]), (CSV, WIDER, JSON)[number % 3]) for number, path in enumerate(folders)]
    made = groups(found(*objects), combine=True)
    paths = [member.object.path for group in made for member in group.members]
    assert sorted(paths) == sorted(path for path, _ in objects)
    for group in made:
        assert all(member.object.path.startswith("/".join(group.place)) for member in group.members)
        assert group.alone or all(len(member.object.path.split("/")) == len(group.place) + group.depth + 1 for member in group.members)


@pytest.mark.parametrize(
    ("folder", "name"), [("Calls", "calls"), ("year=2026", "year_2026"), ("a-b c.csv", "a_b_c_csv"), ("größe", "gr__e")]
)
def test_a_table_has_its_folders_name_in_letters_of_the_catalog(folder: str, name: str) -> None:
    assert table_name(folder, prefix="") == name
    assert table_name(folder, prefix="Raw_") == f"raw_{name}"


def test_a_partition_has_columns_of_its_own_unless_it_takes_the_tables() -> None:
    [group] = groups(found(("y=1/a", CSV), ("y=2/a", WIDER)), combine=True)
    for inherit, widths in ((False, [3, 4]), (True, [4, 4])):
        made = described(group, target=Target("b", "data/"), signature=Signature(crawler="c", inherit=inherit))
        assert [len(each["StorageDescriptor"]["Columns"]) for each in made.partitions] == widths
        assert [each["StorageDescriptor"]["Location"] for each in made.partitions] == ["s3://b/data/y=1/", "s3://b/data/y=2/"]
        assert made.table["StorageDescriptor"]["Location"] == "s3://b/data/"


def test_a_bucket_as_a_target_gives_its_name_to_the_table() -> None:
    [group] = groups([Found(Object("a", "a", 10), CSV)], combine=True)
    made = described(group, target=Target("some-bucket", ""), signature=Signature(crawler="c", prefix="t_"))
    assert (made.table["Name"], made.location) == ("t_some_bucket", "s3://some-bucket/")
