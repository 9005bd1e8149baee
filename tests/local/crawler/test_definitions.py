"""Crawlers and classifiers through the API and CloudFormation: what is refused, who runs, what is told of a crawl."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.glue.crawler import configuration, schedule
from tests.local.conftest import Home, allow, until
from tests.local.crawler.conftest import World
from tests.local.crawler.test_crawls import CALLS

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
NEW_FOLDERS = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
LOGS = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return str(error.value)


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({"RecrawlPolicy": NEW_FOLDERS}, 'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG'),
        (
            {"RecrawlPolicy": NEW_FOLDERS, "SchemaChangePolicy": {**LOGS, "DeleteBehavior": "DELETE_FROM_DATABASE"}},
            'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG',
        ),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "the local home does not crawl by events"),
        ({"Role": "nobody"}, "Service is unable to assume provided role"),
        ({"Classifiers": ["absent"]}, "Classifier absent does not exist"),
        ({"CrawlerSecurityConfiguration": "absent"}, "Security configuration absent does not exist"),
        ({"Configuration": "{"}, "not valid JSON"),
        ({"Schedule": "rate(1 hour)"}, "is not a valid cron expression"),
        ({"Schedule": "cron(*/2 * * * ? *)"}, "more often than every 5 minutes"),
        ({"Targets": {}}, "At least one crawl-target should be present"),
        ({"Targets": {"S3Targets": [{"Path": "bucket/a"}]}}, "is not a valid Amazon S3 path"),
        ({"Targets": {"S3Targets": [{"Path": "s3://bucket/a", "SampleSize": 250}]}}, "must be between 1 and 249"),
        ({"Targets": {"S3Targets": [{"Path": "s3://bucket/a", "EventQueueArn": "arn"}]}}, "does not do EventQueueArn"),
        ({"Targets": {"DynamoDBTargets": [{"Path": "t"}]}}, "crawls S3 only, not DynamoDBTargets"),
        ({"LineageConfiguration": {"CrawlerLineageSettings": "ENABLE"}}, "no data lineage"),
        ({"LakeFormationConfiguration": {"UseLakeFormationCredentials": True}}, "no Lake Formation"),
        ({"DatabaseName": ""}, "name one"),
    ],
)
def test_a_definition_that_could_not_work_is_refused(world: World, definition: dict[str, Any], said: str) -> None:
    found = refusal(world.crawler, **definition)
    assert "InvalidInputException" in found
    assert said in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"Version": 2}', "must have Version 1.0"),
        ('{"Version": 1.0, "Other": 1}', "contains unsupported keys: Other"),
        ('{"Version": 1.0, "Grouping": {"TableLevelConfiguration": 2}}', "Grouping contains unsupported keys: TableLevelConfiguration"),
        ('{"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "LOG"}}}', "allowed is InheritFromTable"),
        ('{"Version": 1.0, "CrawlerOutput": []}', "must be an object"),
        ('{"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}}', ""),
    ],
)
def test_a_configuration_is_read_strictly(text: str, said: str) -> None:
    found = configuration.problem(text)
    assert said in found if said else not found


def test_merging_keeps_columns_and_their_types(world: World) -> None:
    said = json.dumps({"Version": 1.0, "CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}})
    world.put({"data/a.csv": CALLS})
    crawler = world.crawl(Configuration=said)
    world.put({"data/a.csv": "who,cause\nx,1\ny,2\n"})
    world.run(crawler)
    assert world.columns() == {"when": "string", "who": "bigint", "seconds": "bigint", "cause": "bigint"}


def test_a_crawler_is_shown_as_aws_shows_it(world: World) -> None:
    name = world.crawler(Schedule="cron(30 3 * * ? *)")
    found = world.glue.get_crawler(Name=name)["Crawler"]
    assert found["Role"] == "crawls-anything"
    assert found["Schedule"] == {"ScheduleExpression": "cron(30 3 * * ? *)", "State": "SCHEDULED"}
    assert (found["State"], found["CrawlElapsedTime"], found["Version"]) == ("READY", 0, 1)
    assert found["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert found["LineageConfiguration"] == {"CrawlerLineageSettings": "DISABLE"}
    assert "LastCrawl" not in found
    assert name in world.glue.list_crawlers()["CrawlerNames"]
    both = world.glue.batch_get_crawlers(CrawlerNames=[name, "absent"])
    assert ([each["Name"] for each in both["Crawlers"]], both["CrawlersNotFound"]) == ([name], ["absent"])


def test_an_update_changes_what_is_given_and_refuses_the_rest(world: World) -> None:
    name = world.crawler(Description="first")
    world.glue.update_crawler(Name=name, TablePrefix="t_")
    found = world.glue.get_crawler(Name=name)["Crawler"]
    assert (found["Description"], found["TablePrefix"], found["Version"]) == ("first", "t_", 2)
    assert "can have only LOG" in refusal(world.glue.update_crawler, Name=name, RecrawlPolicy=NEW_FOLDERS)
    world.glue.update_crawler(Name=name, RecrawlPolicy=NEW_FOLDERS, SchemaChangePolicy=LOGS)
    assert world.glue.get_crawler(Name=name)["Crawler"]["RecrawlPolicy"] == NEW_FOLDERS


def test_errors_have_the_names_of_aws(world: World) -> None:
    name, glue = world.crawler(), world.glue
    assert "AlreadyExistsException" in refusal(
        glue.create_crawler, Name=name, Role=world.role, DatabaseName=world.name, Targets={"S3Targets": [{"Path": "s3://abc/"}]}
    )
    for call in (glue.get_crawler, glue.start_crawler, glue.stop_crawler, glue.delete_crawler, glue.update_crawler):
        assert "(EntityNotFoundException)" in refusal(call, Name="absent")
        assert "Crawler entry with name absent does not exist" in refusal(call, Name="absent")
    assert "(EntityNotFoundException)" in refusal(glue.list_crawls, CrawlerName="absent")
    assert "(CrawlerNotRunningException)" in refusal(glue.stop_crawler, Name=name)
    assert "(NoScheduleException)" in refusal(glue.start_crawler_schedule, CrawlerName=name)


def test_a_crawl_that_goes_on_is_not_started_changed_or_deleted_and_can_be_stopped(world: World) -> None:
    world.put({f"data/{number:03}.csv": CALLS for number in range(150)})
    name, glue = world.crawler(), world.glue
    glue.start_crawler(Name=name)
    said = refusal(glue.start_crawler, Name=name)
    assert f"(CrawlerRunningException) when calling the StartCrawler operation: Crawler with name {name} has already started" in said
    assert "(CrawlerRunningException)" in refusal(glue.update_crawler, Name=name, Description="x")
    assert "(CrawlerRunningException)" in refusal(glue.delete_crawler, Name=name)
    assert glue.get_crawler(Name=name)["Crawler"]["State"] == "RUNNING"
    glue.stop_crawler(Name=name)
    assert world.ended(name)["Status"] == "CANCELLED"
    assert world.tables() == {}
    [entry] = glue.list_crawls(CrawlerName=name)["Crawls"]
    assert entry["State"] == "STOPPED"
    glue.delete_crawler(Name=name)
    assert name not in glue.list_crawlers()["CrawlerNames"]


def test_metrics_and_history_tell_of_every_crawl(world: World) -> None:
    world.put({"data/a.csv": CALLS})
    name = world.crawl()
    world.put({"data/b.csv": "when,who,seconds,cause\nx,1,2,3\n"})
    world.run(name)
    [metrics] = world.glue.get_crawler_metrics(CrawlerNameList=[name])["CrawlerMetricsList"]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"], metrics["TablesDeleted"]) == (0, 1, 0)
    assert metrics["LastRuntimeSeconds"] > 0
    entries = world.glue.list_crawls(CrawlerName=name)["Crawls"]
    assert [each["State"] for each in entries] == ["COMPLETED", "COMPLETED"]
    assert entries[0]["StartTime"] >= entries[1]["EndTime"]
    assert (entries[0]["LogGroup"], entries[0]["LogStream"]) == ("/aws-glue/crawlers", name)
    first = world.glue.list_crawls(CrawlerName=name, MaxResults=1)
    second = world.glue.list_crawls(CrawlerName=name, MaxResults=1, NextToken=first["NextToken"])
    assert [first["Crawls"][0]["CrawlId"], second["Crawls"][0]["CrawlId"]] == [each["CrawlId"] for each in entries]
    wanted = [{"FieldName": "CRAWL_ID", "FilterOperator": "EQ", "FieldValue": entries[1]["CrawlId"]}]
    assert world.glue.list_crawls(CrawlerName=name, Filters=wanted)["Crawls"] == [entries[1]]
    later = str(int((entries[0]["StartTime"] - timedelta(milliseconds=1)).timestamp() * 1000))
    recent = [{"FieldName": "START_TIME", "FilterOperator": "GE", "FieldValue": later}]
    assert world.glue.list_crawls(CrawlerName=name, Filters=recent)["Crawls"] == [entries[0]]


@pytest.mark.parametrize("lacking", ["s3:GetObject", "s3:ListBucket", "glue:CreateTable", "glue:GetDatabase", "logs:PutLogEvents"])
def test_a_crawl_is_its_roles_and_fails_by_name_of_what_the_role_may_not(world: World, make_role: Callable[..., str], lacking: str) -> None:
    actions = {"s3:GetObject", "s3:ListBucket", "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "logs:*"}
    most = {*actions - {"logs:*"}, "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
    world.put({"data/a.csv": CALLS})
    last = world.run(world.crawler(Role=make_role(f"{world.name}-lacks", allow(*(most - {lacking})))))
    assert last["Status"] == "FAILED"
    assert "AccessDenied" in last["ErrorMessage"]
    assert lacking in last["ErrorMessage"]
    assert world.tables() == {}


def test_without_its_database_a_crawl_fails(world: World) -> None:
    last = world.run(world.crawler(DatabaseName="absent"))
    assert (last["Status"], "absent not found" in last["ErrorMessage"]) == ("FAILED", True)


def test_a_security_configuration_names_the_log_group(world: World) -> None:
    world.put({"data/a.csv": CALLS})
    world.glue.create_security_configuration(Name="crawls-safely", EncryptionConfiguration={})
    last = world.run(world.crawler(CrawlerSecurityConfiguration="crawls-safely"))
    assert last["LogGroup"] == "/aws-glue/crawlers-role/crawls-anything-crawls-safely"
    assert world.logs.describe_log_streams(logGroupName=last["LogGroup"])["logStreams"]


def test_a_schedule_is_switched_and_falls_due() -> None:
    noon = 1_795_262_400.0  # 2026-11-21 12:00 UTC
    assert schedule.due("cron(0 12 * * ? *)", last=noon - 60, now=noon)
    assert not schedule.due("cron(0 12 * * ? *)", last=noon, now=noon + 3600)
    assert not schedule.due("cron(0 13 * * ? *)", last=noon - 60, now=noon)


def test_a_schedule_can_be_changed_and_switched(world: World) -> None:
    name, glue = world.crawler(Schedule="cron(30 3 * * ? *)"), world.glue
    assert "(SchedulerRunningException)" in refusal(glue.start_crawler_schedule, CrawlerName=name)
    glue.stop_crawler_schedule(CrawlerName=name)
    assert "(SchedulerNotRunningException)" in refusal(glue.stop_crawler_schedule, CrawlerName=name)
    assert glue.get_crawler(Name=name)["Crawler"]["Schedule"]["State"] == "NOT_SCHEDULED"
    glue.update_crawler_schedule(CrawlerName=name, Schedule="cron(0 4 * * ? *)")
    assert glue.get_crawler(Name=name)["Crawler"]["Schedule"] == {"ScheduleExpression": "cron(0 4 * * ? *)", "State": "SCHEDULED"}
    assert "not a valid cron" in refusal(glue.update_crawler_schedule, CrawlerName=name, Schedule="daily")


@pytest.mark.parametrize(
    ("classifier", "said"),
    [
        ({"GrokClassifier": {"Name": "x", "Classification": "x", "GrokPattern": "x"}}, "for CSV only, not GrokClassifier"),
        ({"CsvClassifier": {"Name": "x", "Delimiter": ",", "QuoteSymbol": ","}}, "must be different from the column delimiter"),
        ({"CsvClassifier": {"Name": "x", "CustomDatatypes": ["NUMBER"]}}, "NUMBER: allowed is one of BINARY"),
    ],
)
def test_a_classifier_that_could_not_work_is_refused(world: World, classifier: dict[str, Any], said: str) -> None:
    assert said in refusal(world.glue.create_classifier, **classifier)


def test_a_stack_makes_changes_and_removes_crawler_and_classifier(world: World) -> None:
    cloudformation = world.home.client("cloudformation")
    csv: dict[str, Any] = {"Delimiter": ",", "ContainsHeader": "PRESENT"}
    crawler = {
        "Role": world.role, "DatabaseName": world.name, "Targets": {"S3Targets": [{"Path": f"s3://{world.name}/data/"}]},
        "Classifiers": [{"Ref": "Words"}], "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
    }  # fmt: skip

    def deploy(do: Callable[..., Any], *, expected: str) -> dict[str, Any]:
        resources = {
            "Words": {"Type": "AWS::Glue::Classifier", "Properties": {"CsvClassifier": csv}},
            "Finder": {"Type": "AWS::Glue::Crawler", "Properties": crawler},
        }
        template = {"Resources": resources, "Outputs": {"Name": {"Value": {"Ref": "Finder"}}}}
        do(StackName=world.name, TemplateBody=json.dumps(template))
        return dict(
            until(lambda: (s := cloudformation.describe_stacks(StackName=world.name)["Stacks"][0])["StackStatus"] == expected and s)
        )

    made = deploy(cloudformation.create_stack, expected="CREATE_COMPLETE")
    name = made["Outputs"][0]["OutputValue"]
    world.put({"data/a.csv": "name,town\nx,y\n"})
    assert world.run(name)["Status"] == "SUCCEEDED"
    assert list(world.columns()) == ["name", "town"]
    csv |= {"CustomDatatypeConfigured": True, "ContainsCustomDatatype": ["STRING", "DATE"], "DisableValueTrimming": False}
    crawler |= {"Schedule": {"ScheduleExpression": "cron(0 4 * * ? *)"}, "RecrawlPolicy": NEW_FOLDERS}
    deploy(cloudformation.update_stack, expected="UPDATE_ROLLBACK_COMPLETE")  # an invalid pair of policies
    del crawler["RecrawlPolicy"]
    deploy(cloudformation.update_stack, expected="UPDATE_COMPLETE")
    world.run(name)
    assert world.columns() == {"name": "string", "town": "date"}
    cloudformation.delete_stack(StackName=world.name)
    until(lambda: name not in world.glue.list_crawlers()["CrawlerNames"])
    assert world.columns() == {"name": "string", "town": "date"}  # tables outlive their crawler


@pytest.mark.slow
def test_a_home_that_ended_in_a_crawl_says_so_and_keeps_what_was_found(new_home: Callable[..., Home]) -> None:
    first = new_home()
    role = first.client("iam").create_role(RoleName="crawls", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*", "glue:*", "logs:*")]})
    first.client("iam").put_role_policy(RoleName="crawls", PolicyName="p", PolicyDocument=policy)
    before = World(first, role, name="kept")
    before.put({f"data/m={number}/a.csv": CALLS for number in range(2)})
    crawler = before.crawl()
    before.put({f"data/m={number}/a.csv": CALLS for number in range(100)})
    before.glue.start_crawler(Name=crawler)
    first.process.kill()
    first.process.wait(10)
    second = new_home(first.folder)
    glue = second.client("glue")
    found = glue.get_crawler(Name=crawler)["Crawler"]
    assert (found["State"], found["LastCrawl"]["Status"]) == ("READY", "FAILED")
    assert found["LastCrawl"]["ErrorMessage"] == "The local home ended while the crawler ran"
    assert [each["State"] for each in glue.list_crawls(CrawlerName=crawler)["Crawls"]] == ["FAILED", "COMPLETED"]
    assert len(glue.get_partitions(DatabaseName="kept", TableName="data")["Partitions"]) == 2
