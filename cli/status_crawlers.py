"""The part of `mill status` about crawlers: the last crawl of each."""

from cli import discovered, screen, words
from cli.crawl import crawl_of
from cli.formats import as_table
from cli.platform import Platform, options


def show_crawlers(platform: Platform) -> None:
    """Each crawler's last crawl, and what went wrong in it."""
    glue, crawlers = platform.client("glue"), discovered.crawlers(platform)
    rows, failures = [], []
    for dataset, name in crawlers.items():
        found = glue.get_crawler(Name=name)["Crawler"]
        seconds = glue.get_crawler_metrics(CrawlerNameList=[name])["CrawlerMetricsList"][0]["LastRuntimeSeconds"]
        last = found.get("LastCrawl", {})
        started = words.moment(last["StartTime"]) if last else ""
        rows.append((dataset, crawl_of(found), started, words.duration(seconds) if last else ""))
        failures += [f"  {dataset}: {last['ErrorMessage']}"] if last.get("ErrorMessage") else []
    screen.out.print(as_table(["crawler", "last crawl", "started", "took"], rows, right=[False, False, False, True]))
    for each in failures:
        screen.out.print(each, soft_wrap=True)
    if all(state == "never ran" for _, state, *_ in rows):
        screen.out.print(f"No crawl yet: mill crawl --all{options(platform)}")
