"""What the templates cost while nothing runs: every type has a price or a reason, and dev stays cheap."""

import pytest

from cli.cost import Idle, idle, synthesized
from cli.cost.plan import plans, starts
from cli.cost.prices import prices
from cli.cost.rules import RULES, Paid
from cli.cost.standing import price_of
from stacks.settings import ENDPOINT_INSTANCES, TRAINING_INSTANCES
from tests.templates.reading import Platform, masked, text

DEV_LIMIT = 3.0  # USD a month, without `ingest`


def month(platform: Platform) -> Idle:
    return idle({stage: platform.templates[stage] for stage in platform.templates if stage != "ingest"})


@pytest.fixture(params=["dev", "prod", "erased", "optional"])
def any_platform(request: pytest.FixtureRequest) -> Platform:
    found: Platform = request.getfixturevalue(request.param)
    return found


def test_every_resource_type_has_a_price_or_a_reason_to_have_none(any_platform: Platform) -> None:
    assert idle(any_platform.templates).unpriced == {}


def test_an_idle_month_of_dev_costs_at_most_3_usd(dev: Platform) -> None:
    found = month(dev)
    assert 0 < found.usd <= DEV_LIMIT
    assert {each.stage: round(each.usd, 2) for each in found.stages if each.usd} == {
        "storage": 1.00,
        "process": 0.40,
        "observe": round(0.10 * len(dev.every("AWS::CloudWatch::Alarm")), 2),
    }


def test_prod_costs_more_alarms_and_asks_its_queue_all_day(prod: Platform) -> None:
    parts = {each.price.name: each for stage in month(prod).stages for each in stage.parts}
    assert parts["alarm"].units == len(prod.every("AWS::CloudWatch::Alarm"))
    assert parts["sqs_request"].units == 648_000
    assert parts["sqs_request"].usd == 0  # of a million free ones


def test_an_endpoint_on_an_instance_costs_every_hour_and_a_serverless_one_nothing_while_nobody_asks(
    optional: Platform, serverless: Platform
) -> None:
    [found] = [each for stage in month(optional).stages for each in stage.parts if each.price.service == "SageMaker"]
    assert (found.price.name, found.units) == ("endpoint_ml_t2_medium", 720)
    assert found.usd == pytest.approx(720 * found.price.usd)
    assert not [each for stage in month(serverless).stages for each in stage.parts if each.price.service == "SageMaker"]


def test_a_run_costs_a_minute_of_each_job_its_transitions_one_query_and_a_notice_at_least(dev: Platform, prod: Platform) -> None:
    for platform, workers in ((dev, 2), (prod, 10)):
        found = {each.flow: each.least for each in plans(platform.templates) if not each.flow.startswith("crawler ")}
        minute = workers * prices()["dpu_hour"].usd / 60
        assert {flow: [job.name for job in each.jobs] for flow, each in found.items()} == {
            "calls": ["clean", "curate"],
            "maintenance": ["maintain"],
            "segments": ["export", "keep", "training", "transform"],
        }
        for flow, each in found.items():
            glue = sum(job.price == "dpu_hour" for job in each.jobs)
            assert (len(each.scanned), each.notices) == (4 if flow == "segments" else 1, 1)
            queries = len(each.scanned) * 10 * 5 / 1024**2
            assert each.usd == pytest.approx(glue * minute + each.transitions * 0.000025 + queries + 0.0000005)


def test_what_the_clock_starts_costs_as_often_as_it_does(dev: Platform, prod: Platform) -> None:
    assert {each.month for each in plans(dev.templates)} == {0}
    found = {each.flow: each for each in plans(prod.templates)}
    assert found["calls"].month == pytest.approx(30 * found["calls"].least.usd)
    assert found["maintenance"].starts == 30
    crawlers = {each.properties["Name"] for each in prod.every("AWS::Glue::Crawler")}
    assert {f"lakemill-prod-{name.removeprefix('crawler ')}" for name in found if name.startswith("crawler ")} == crawlers
    assert all(each.least.usd == pytest.approx(2 * 0.44 / 6) for name, each in found.items() if name.startswith("crawler "))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 3 * * ? *)", 30),
        ("cron(0,30 3,4 * * ? *)", 120),
        ("cron(0 3 ? * MON *)", None),
        ("cron(*/5 * * * ? *)", None),
        ("rate(1 day)", None),
    ],
)
def test_a_schedule_is_counted_where_it_is_the_same_every_day(expression: str, expected: int | None) -> None:
    assert starts(expression) == expected


def test_a_budget_tells_the_topic_of_the_whole_accounts_month_where_a_setting_says_how_much(dev: Platform, optional: Platform) -> None:
    assert not dev.every("AWS::Budgets::Budget", none_is_fine=True)
    [budget] = optional.every("AWS::Budgets::Budget")
    asked = budget.properties["Budget"]
    assert (budget.stage, asked["BudgetName"], asked["BudgetType"], asked["TimeUnit"]) == ("observe", "lakemill-prod", "COST", "MONTHLY")
    assert asked["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    assert "CostFilters" not in asked
    told = {each["Notification"]["NotificationType"]: each for each in budget.properties["NotificationsWithSubscribers"]}
    assert {kind: each["Notification"]["Threshold"] for kind, each in told.items()} == {"ACTUAL": 80, "FORECASTED": 100}
    for each in told.values():
        topic, person = each["Subscribers"]
        assert (topic["SubscriptionType"], "NoticesTopic" in text(topic["Address"])) == ("SNS", True)
        assert person == {"SubscriptionType": "EMAIL", "Address": "ops@example.org"}


def test_trap_3_topic_and_key_let_the_budget_in(dev: Platform, optional: Platform) -> None:
    def lets_in(platform: Platform) -> list[str]:
        [topic], [key] = platform.every("AWS::SNS::TopicPolicy"), platform.every("AWS::KMS::Key")
        documents = {"topic": topic.properties["PolicyDocument"], "key": key.properties["KeyPolicy"]}
        return [name for name, each in documents.items() if "budgets.amazonaws.com" in str(each)]

    assert lets_in(optional) == ["topic", "key"]
    assert lets_in(dev) == ["key"]  # the key names every service that may ever use it


def test_every_price_is_used_by_a_rule_or_a_run_and_says_where_it_was_read() -> None:
    used = {rule.units({})[0] for rule in RULES.values() if isinstance(rule, Paid)} | {"fast_alarm"} | set(TRAINING_INSTANCES)
    used |= {price_of(each) for each in ENDPOINT_INSTANCES}
    assert set(prices().by_name) == used | {"dpu_hour", "crawl", "transition", "athena_byte", "notice"}
    for each in prices().by_name.values():
        assert each.usd > 0
        assert each.source.startswith("https://")


@pytest.mark.slow
def test_the_command_makes_the_templates_that_are_deployed(dev: Platform) -> None:
    assert masked(synthesized("dev")) == masked(dev.templates)
