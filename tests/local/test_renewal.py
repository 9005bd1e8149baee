"""A job may outlive its first credentials: its SDKs ask for new ones, and are told no when the role is no longer the job's."""

import json
from collections.abc import Callable, Iterator

import pytest
from botocore.credentials import ContainerProvider
from botocore.exceptions import CredentialRetrievalError, MetadataRetrievalError
from botocore.utils import ContainerMetadataFetcher

from local.glue.credentials import Renewed, served
from tests.local.conftest import Home, allow, make_role_in
from tests.local.test_jobs import CONF, Jobs

LONG = """
import boto3, sys, time
from botocore.exceptions import ClientError
from pyspark.sql import SparkSession

def who(numbers):
    return [boto3.client("sts").get_caller_identity()["Arn"] for _ in numbers]

spark = SparkSession.builder.getOrCreate()
s3 = boto3.client("s3")
s3.list_objects_v2(Bucket="job-data", Prefix="in/")
rows = spark.read.option("header", True).csv("s3://job-data/in/")
rows.selectExpr("cast(n as int) n").writeTo("glue_catalog.jobs.long").using("iceberg").create()

keys = boto3.Session().get_credentials().get_frozen_credentials()
first = boto3.client("s3", aws_access_key_id=keys.access_key, aws_secret_access_key=keys.secret_key, aws_session_token=keys.token)
first.list_objects_v2(Bucket="job-data", Prefix="in/")
ended = ""
while not ended:
    try:
        first.list_objects_v2(Bucket="job-data", Prefix="in/")
        time.sleep(0.5)
    except ClientError as error:
        ended = error.response["Error"]["Code"]
print("the first ones have ended:", ended)

print("boto3", s3.list_objects_v2(Bucket="job-data", Prefix="in/")["KeyCount"])
print("s3a", spark.read.option("header", True).csv("s3://job-data/in/").count())
rows.selectExpr("cast(n as int) n").writeTo("glue_catalog.jobs.long").append()
print("iceberg", spark.table("glue_catalog.jobs.long").count())
print("executors", spark.sparkContext.parallelize([1], 1).mapPartitions(who).collect())
"""
FETCHER = ContainerMetadataFetcher(sleep=lambda _seconds: None)
WITHOUT_END = """
import boto3, time
s3 = boto3.client("s3")
while True:
    s3.put_object(Bucket="job-data", Key="out/alive", Body=b"")
    time.sleep(0.2)
"""


@pytest.fixture(scope="module")
def short(new_home: Callable[..., Home]) -> Iterator[Jobs]:
    """Jobs of a home in which sessions of jobs last for twenty seconds."""
    home = new_home(HOME_SESSION_SECONDS="20")
    made = Jobs(home, make_role_in(home))
    made.s3.put_object(Bucket="job-data", Key="in/a.csv", Body=b"n\n1\n2\n3\n")
    yield made
    home.stop()


def opener(made: list[float]) -> Callable[[float], dict[str, str]]:
    """Sessions with numbers."""

    def opened(seconds: float) -> dict[str, str]:
        made.append(seconds)
        return {"AWS_ACCESS_KEY_ID": f"key-{len(made)}", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t", "AWS_REGION": "eu-west-1"}

    return opened


def test_what_is_given_has_half_its_life_before_it() -> None:
    made: list[float] = []
    time = 0.0
    renewed = Renewed(opener(made), seconds=100, clock=lambda: time)
    given = []
    for time in (0, 49, 50, 99, 100, 1000):
        session, until = renewed.now()
        assert until - time > 50
        given.append(session["AWS_ACCESS_KEY_ID"])
    assert given == ["key-1", "key-1", "key-2", "key-2", "key-3", "key-4"]
    assert made == [100] * 4


def test_an_sdk_that_asks_gets_them_and_a_stranger_does_not() -> None:
    with served(Renewed(opener([]), seconds=60)) as environment:
        assert "AWS_ACCESS_KEY_ID" not in environment
        assert environment["AWS_REGION"] == "eu-west-1"
        found = ContainerProvider(environ=environment, fetcher=FETCHER).load()
        assert found.get_frozen_credentials().access_key == "key-1"
        with pytest.raises(MetadataRetrievalError, match="403"):
            FETCHER.retrieve_full_uri(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"], headers={"Authorization": "x"})


def test_why_there_are_no_more_is_told() -> None:
    def gone(_seconds: float) -> dict[str, str]:
        raise PermissionError("The role with name r cannot be found.")

    renewed = Renewed(opener([]), seconds=0)  # each has ended at once
    with served(renewed) as environment:
        renewed._opened = gone
        with pytest.raises(CredentialRetrievalError, match="The role with name r cannot be found"):
            ContainerProvider(environ=environment, fetcher=FETCHER).load()


@pytest.mark.slow
def test_a_job_that_outlives_its_first_credentials_goes_on_with_new_ones(short: Jobs) -> None:
    run = short.run(short.make("long", LONG, DefaultArguments={"--datalake-formats": "iceberg", "--conf": CONF}))
    assert run["JobRunState"] == "SUCCEEDED", run
    told = short.output(run)
    assert "the first ones have ended: " in told
    assert "boto3 1" in told
    assert "s3a 3" in told
    assert "iceberg 6" in told
    assert "executors ['arn:aws:sts::000000000000:assumed-role/job-role/GlueJobRunnerSession']" in told


@pytest.mark.slow
def test_a_job_whose_role_is_taken_from_glue_fails_with_the_reason(short: Jobs) -> None:
    role = short.make_role("taken", short.assets, allow("s3:PutObject", on="arn:aws:s3:::job-data/*"), allow("kms:*", on=short.key))
    name = short.make("without-end", WITHOUT_END, Role=role)
    run = short.glue.start_job_run(JobName=name)["JobRunId"]
    short.alive("out/alive")
    nobody = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    short.home.client("iam").update_assume_role_policy(RoleName="taken", PolicyDocument=json.dumps(nobody))
    ended = short.ended(name, run)
    assert ended["JobRunState"] == "FAILED"
    assert "glue.amazonaws.com is unable to assume role arn:aws:iam::000000000000:role/taken" in ended["ErrorMessage"]
