"""A crawl makes tables of what lies under a path, and a second one brings them up to date."""

from tests.local.crawler.conftest import World

CALLS = "when,who,seconds\r\n01-02-2024 10:00,0049,12\r\n02-02-2024 11:00,0033,\r\n"


def test_a_table_over_csv_is_what_aws_makes_of_it(world: World) -> None:
    world.put({"data/a.csv": CALLS, "data/b.csv": CALLS})
    crawler = world.crawl()
    table = world.tables()["data"]
    assert world.columns() == {"when": "string", "who": "bigint", "seconds": "bigint"}
    assert table["PartitionKeys"] == []
    assert table["Parameters"] == {}
    assert world.lines(crawler) == []
