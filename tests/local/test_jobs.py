"""Glue jobs at home run the script as deployed, as the job's role, and end as they would on Glue."""

import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Home, allow, until

PATIENCE = 300  # a busy machine takes a minute to start Spark
CONF = (
    "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
    " --conf spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog"
    " --conf spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog"
    " --conf spark.sql.catalog.glue_catalog.io-impl=org.apache.iceberg.aws.s3.S3FileIO"
)
ICEBERG = """
import sys
from pyspark.sql import SparkSession
from helper import doubled
spark = SparkSession.builder.getOrCreate()
rows = spark.read.option("header", True).csv("s3://job-data/in/")
rows.write.option("header", True).csv("s3://job-data/out/copy/")
print("copied", spark.read.option("header", True).csv("s3://job-data/out/copy/").count())
rows.selectExpr("cast(n as int) n").createOrReplaceTempView("rows")
spark.sql("create table glue_catalog.jobs.numbers using iceberg as select n, {} as twice from rows".format(doubled("n")))
print("counted", spark.table("glue_catalog.jobs.numbers").count(), spark.conf.get("spark.sql.session.timeZone"))
try:
    rows.write.parquet("s3://job-assets/evil/")
except Exception as error:
    print("refused", "AccessDenied" in str(error))
"""
IN_EXECUTORS = """
from pyspark.sql import SparkSession
def work(numbers):
    import duckdb
    return numbers
print(SparkSession.builder.getOrCreate().sparkContext.parallelize([1], 1).mapPartitions(work).collect())
"""
CALLER = """
import boto3, os, sys
print(boto3.client("sts").get_caller_identity()["Arn"])
print(sys.argv[1:])
print(sorted(k for k in os.environ if k.startswith("AWS_")))
"""


@pytest.fixture(scope="module")
def jobs(home: Home, make_role: Callable[..., str]) -> "Jobs":
    return Jobs(home, make_role)


class Jobs:
    """Makes jobs out of scripts and follows their runs."""

    def __init__(self, home: Home, make_role: Callable[..., str]) -> None:
        self.home, self.glue, self.s3, self.logs = home, home.client("glue"), home.client("s3"), home.client("logs")
        for name in ("job-assets", "job-data"):
            self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.key = home.client("kms").create_key()["KeyMetadata"]["Arn"]
        default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key}}
        self.s3.put_bucket_encryption(Bucket="job-data", ServerSideEncryptionConfiguration={"Rules": [default]})
        self.glue.create_database(DatabaseInput={"Name": "jobs", "LocationUri": "s3://job-data/warehouse/"})
        self.assets = allow("s3:GetObject", on="arn:aws:s3:::job-assets/*")
        self.catalog = allow(
            "glue:*Table",
            "glue:GetDatabase",
            on=[f"arn:aws:glue:eu-west-1:000000000000:{r}" for r in ("catalog", "database/jobs", "table/jobs/*")],
        )
        data = allow("s3:*", on=["arn:aws:s3:::job-data", "arn:aws:s3:::job-data/*"])
        logs = allow("logs:*", on="arn:aws:logs:eu-west-1:000000000000:log-group:/aws-glue/*")
        self.role = make_role("job-role", self.assets, self.catalog, data, logs, allow("kms:*", on=self.key))
        self.make_role = make_role

    def make(self, name: str, script: str, **more: Any) -> str:
        self.s3.put_object(Bucket="job-assets", Key=f"{name}.py", Body=script.encode())
        job = {
            "Role": self.role,
            "GlueVersion": "5.1",
            "Command": {"Name": "glueetl", "ScriptLocation": f"s3://job-assets/{name}.py"},
            **more,
        }
        self.glue.create_job(Name=name, **job)
        return name

    def run(self, name: str, *, seconds: float = PATIENCE, **more: Any) -> dict[str, Any]:
        return self.ended(name, self.glue.start_job_run(JobName=name, **more)["JobRunId"], seconds=seconds)

    def alive(self, key: str) -> None:
        """Wait until a job has written an object."""
        until(lambda: self.s3.list_objects_v2(Bucket="job-data", Prefix=key)["KeyCount"], seconds=PATIENCE)

    def ended(self, name: str, run: str, *, seconds: float = PATIENCE) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.glue.get_job_run(JobName=name, RunId=run)["JobRun"]
            return None if found["JobRunState"] in ("STARTING", "RUNNING", "STOPPING") else found

        return dict(until(look, seconds=seconds))

    def output(self, run: dict[str, Any], group: str = "/aws-glue/jobs/output") -> str:
        events = self.logs.filter_log_events(logGroupName=group, logStreamNames=[run["Id"]])["events"]
        return "\n".join(e["message"] for e in events)


class TestARun:
    def test_reads_and_writes_encrypted_files_and_iceberg_as_the_role_and_only_where_the_role_may(self, jobs: Jobs) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("helper.py", "def doubled(column): return f'{column} * 2'")
        jobs.s3.put_object(Bucket="job-assets", Key="helper.zip", Body=archive.getvalue())
        jobs.s3.put_object(Bucket="job-data", Key="in/a.csv", Body=b"n\n1\n2\n3\n")
        arguments = {"--extra-py-files": "s3://job-assets/helper.zip", "--datalake-formats": "iceberg", "--conf": CONF}
        run = jobs.run(jobs.make("iceberg", ICEBERG, DefaultArguments=arguments))
        assert run["JobRunState"] == "SUCCEEDED", run
        assert "counted 3 UTC" in jobs.output(run)
        assert "refused True" in jobs.output(run)
        assert "copied 3" in jobs.output(run)
        written = jobs.s3.list_objects_v2(Bucket="job-data", Prefix="out/copy/part-")["Contents"][0]["Key"]
        assert jobs.s3.head_object(Bucket="job-data", Key=written)["SSEKMSKeyId"] == jobs.key
        table = jobs.glue.get_table(DatabaseName="jobs", Name="numbers")["Table"]
        assert table["Parameters"]["metadata_location"].startswith("s3://job-data/warehouse/")

    def test_is_the_role_and_gets_its_own_arguments_but_no_key_of_anyone_else(self, jobs: Jobs) -> None:
        run = jobs.run(jobs.make("caller", CALLER, DefaultArguments={"--day": "1", "--enable-metrics": "true"}), Arguments={"--day": "2"})
        arn, argv, names = jobs.output(run).splitlines()
        assert arn == "arn:aws:sts::000000000000:assumed-role/job-role/GlueJobRunnerSession"
        assert argv.endswith(f"'--JOB_RUN_ID', '{run['Id']}', '--day', '2']")
        assert argv.startswith("['--JOB_NAME', 'caller'")
        assert "enable-metrics" not in argv
        assert "KEY" not in names  # SDKs ask for credentials, which are renewed
        assert names.count("AWS_") == 6

    def test_fails_with_the_line_of_its_exception(self, jobs: Jobs) -> None:
        run = jobs.run(jobs.make("failing", "def f():\n    raise ValueError('no files: nothing to do')\nf()\n"))
        assert run["JobRunState"] == "FAILED"
        assert run["ErrorMessage"] == "ValueError: no files: nothing to do"
        assert "Traceback" in jobs.output(run, "/aws-glue/jobs/error")
        assert run["CompletedOn"] >= run["StartedOn"]

    @pytest.mark.parametrize("package", ["duckdb", "typer", "cli", "local"])
    def test_fails_when_it_imports_what_glue_lacks(self, jobs: Jobs, package: str) -> None:
        run = jobs.run(jobs.make(f"forgotten-{package}", f"import boto3, pyspark, {package}\n"))
        assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", f"ModuleNotFoundError: No module named '{package}'")

    def test_fails_when_an_executor_imports_what_glue_lacks(self, jobs: Jobs) -> None:
        run = jobs.run(jobs.make("forgotten-in-executors", IN_EXECUTORS))
        assert run["JobRunState"] == "FAILED"
        assert "ModuleNotFoundError: No module named 'duckdb'" in run["ErrorMessage"]

    def test_fails_when_the_role_may_not_read_the_script(self, jobs: Jobs) -> None:
        blind = jobs.make_role("blind", jobs.catalog)
        run = jobs.run(jobs.make("unread", "print(1)", Role=blind))
        assert run["JobRunState"] == "FAILED"
        assert "s3://job-assets/unread.py" in run["ErrorMessage"]
        assert "AccessDenied" in run["ErrorMessage"]

    def test_writes_to_the_log_group_it_was_given(self, jobs: Jobs) -> None:
        run = jobs.run(jobs.make("logging", "print('hello')"), Arguments={"--continuous-log-logGroup": "/aws-glue/mine"})
        assert jobs.output(run, "/aws-glue/mine") == "hello"

    def test_writes_below_its_prefix_security_configuration_and_role(self, jobs: Jobs) -> None:
        jobs.glue.create_security_configuration(Name="safe", EncryptionConfiguration={})
        name = jobs.make(
            "prefixed", "print('hello')", SecurityConfiguration="safe", DefaultArguments={"--custom-logGroup-prefix": "/aws-glue/own"}
        )
        assert jobs.output(jobs.run(name), "/aws-glue/own/safe-role/job-role/output") == "hello"


class TestStopping:
    def test_a_stopped_run_ends_and_a_second_run_waits_for_its_place(self, jobs: Jobs) -> None:
        name = jobs.make("sleeping", "import time\nprint('up', flush=True)\ntime.sleep(60)")
        run = jobs.glue.start_job_run(JobName=name)["JobRunId"]
        with pytest.raises(jobs.glue.exceptions.ConcurrentRunsExceededException):
            jobs.glue.start_job_run(JobName=name)
        until(lambda: jobs.glue.get_job_run(JobName=name, RunId=run)["JobRun"]["JobRunState"] == "RUNNING")
        assert jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[run])["SuccessfulSubmissions"]
        began = time.monotonic()
        assert jobs.ended(name, run)["JobRunState"] == "STOPPED"
        assert time.monotonic() - began < 5


class TestRefusals:
    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"GlueVersion": "4.0"}, "which is Glue 5.1, not Glue 4.0"),
            ({"Command": {"Name": "pythonshell", "ScriptLocation": "s3://a/b.py"}}, "glueetl"),
            ({"DefaultArguments": {"--additional-python-modules": "polars"}}, "--additional-python-modules"),
            ({"DefaultArguments": {"--job-bookmark-option": "job-bookmark-enable"}}, "job-bookmark-enable"),
            ({"DefaultArguments": {"--datalake-formats": "hudi"}}, "hudi"),
            ({"MaxRetries": 1}, "MaxRetries"),
        ],
        ids=["version", "command", "modules", "bookmarks", "format", "retries"],
    )
    def test_what_the_home_cannot_run_is_refused_at_the_start(
        self, jobs: Jobs, more: dict[str, Any], says: str, request: pytest.FixtureRequest
    ) -> None:
        name = jobs.make(f"refused-{request.node.callspec.id}", "print(1)", **more)
        with pytest.raises(ClientError, match=says):
            jobs.glue.start_job_run(JobName=name)

    def test_a_trigger_does_not_pretend_to_start_anything(self, jobs: Jobs) -> None:
        jobs.glue.create_trigger(Name="t", Type="ON_DEMAND", Actions=[{"JobName": "none"}])
        with pytest.raises(ClientError, match="no triggers"):
            jobs.glue.start_trigger(Name="t")
