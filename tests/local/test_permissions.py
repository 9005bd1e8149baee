"""IAM at home decides by the ARNs that AWS decides by."""

import json
import time
from collections.abc import Callable

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local.conftest import Home, allow

CODES = ("AccessDenied", "AccessDeniedException", "AuthorizationError")  # the last is what SNS says
GLUE = "arn:aws:glue:eu-west-1:000000000000:"


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] in CODES, caught.value
    return str(caught.value)


@pytest.fixture(scope="module")
def catalog(home: Home) -> Home:
    glue = home.client("glue")
    for name in ("mine", "other"):
        glue.create_database(DatabaseInput={"Name": name})
        glue.create_table(DatabaseName=name, TableInput={"Name": "t"})
    return home


class TestGlueCatalog:
    def test_a_database_is_a_database_and_not_a_table(self, catalog: Home, make_role: Callable[..., str]) -> None:
        role = make_role("db-reader", allow("glue:GetDatabase", on=[GLUE + "catalog", GLUE + "database/mine"]))
        glue = catalog.as_role("glue", role)
        assert glue.get_database(Name="mine")["Database"]["Name"] == "mine"
        assert "database/other" in refused(lambda: glue.get_database(Name="other"))

    def test_a_table_needs_the_right_on_the_table_itself(self, catalog: Home, make_role: Callable[..., str]) -> None:
        role = make_role("no-table", allow("glue:GetTable", on=[GLUE + "catalog", GLUE + "database/mine"]))
        message = refused(lambda: catalog.as_role("glue", role).get_table(DatabaseName="mine", Name="t"))
        assert f"glue:GetTable on resource: {GLUE}table/mine/t" in message

    def test_a_table_needs_the_right_on_the_catalog_and_the_database_too(self, catalog: Home, make_role: Callable[..., str]) -> None:
        role = make_role("table-only", allow("glue:GetTable", on=GLUE + "table/mine/*"))
        assert "catalog" in refused(lambda: catalog.as_role("glue", role).get_table(DatabaseName="mine", Name="t"))

    def test_all_three_together_read_the_table(self, catalog: Home, make_role: Callable[..., str]) -> None:
        role = make_role("table-reader", allow("glue:GetTable*", on=[GLUE + "catalog", GLUE + "database/mine", GLUE + "table/mine/*"]))
        glue = catalog.as_role("glue", role)
        assert glue.get_table(DatabaseName="mine", Name="t")["Table"]["Name"] == "t"
        assert len(glue.get_tables(DatabaseName="mine")["TableList"]) == 1
        assert "other" in refused(lambda: glue.get_tables(DatabaseName="other"))

    def test_a_batch_needs_the_right_on_every_table(self, catalog: Home, make_role: Callable[..., str]) -> None:
        role = make_role("batch", allow("glue:*", on=[GLUE + "catalog", GLUE + "database/mine", GLUE + "table/mine/a"]))
        assert "table/mine/b" in refused(
            lambda: catalog.as_role("glue", role).batch_delete_table(DatabaseName="mine", TablesToDelete=["a", "b"])
        )


class TestOtherServices:
    def test_a_job_run_needs_the_right_on_the_job(self, home: Home, make_role: Callable[..., str]) -> None:
        glue = home.as_role("glue", make_role("runner", allow("glue:GetJobRuns", on=GLUE + "job/allowed")))
        glue.get_job_runs(JobName="allowed")
        assert "job/forbidden" in refused(lambda: glue.get_job_runs(JobName="forbidden"))

    def test_a_query_is_checked_on_the_workgroup_that_ran_it(self, home: Home, make_role: Callable[..., str]) -> None:
        home.client("athena").create_work_group(Name="theirs")
        query = home.client("athena").create_named_query(Name="q", Database="mine", QueryString="select 1", WorkGroup="theirs")[
            "NamedQueryId"
        ]
        athena = home.as_role("athena", make_role("asker", allow("athena:*", on="arn:aws:athena:*:*:workgroup/ours")))
        assert "workgroup/theirs" in refused(lambda: athena.get_named_query(NamedQueryId=query))

    def test_log_policies_end_in_a_colon_and_a_star(self, home: Home, make_role: Callable[..., str]) -> None:
        home.client("logs").create_log_group(logGroupName="/jobs")
        group = "arn:aws:logs:eu-west-1:000000000000:log-group:/jobs"
        writer = home.as_role("logs", make_role("log-writer", allow("logs:*", on=group + ":*")))
        writer.create_log_stream(logGroupName="/jobs", logStreamName="s")
        writer.put_log_events(logGroupName="/jobs", logStreamName="s", logEvents=[{"timestamp": 1700000000000, "message": "m"}])
        lacking = home.as_role("logs", make_role("log-lacking", allow("logs:*", on=group)))
        refused(lambda: lacking.create_log_stream(logGroupName="/jobs", logStreamName="s2"))

    def test_an_execution_is_started_only_with_the_right_on_its_state_machine(self, home: Home, make_role: Callable[..., str]) -> None:
        states = home.as_role("stepfunctions", make_role("starter", allow("states:StartExecution", on="arn:aws:states:*:*:stateMachine:a")))
        refused(lambda: states.start_execution(stateMachineArn="arn:aws:states:eu-west-1:000000000000:stateMachine:b"))


class TestHostileKeys:
    def test_a_pattern_speaks_of_whole_keys_line_ends_included(self, home: Home, make_role: Callable[..., str]) -> None:
        s3 = home.client("s3")
        s3.create_bucket(Bucket="hostile", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for key in ("open/new\nline", "one", "one\n", "shut/new\nline"):
            s3.put_object(Bucket="hostile", Key=key, Body=b"1")
        deny = {**allow("s3:*", on="arn:aws:s3:::hostile/shut/*"), "Effect": "Deny"}
        rights = allow("s3:GetObject", on=["arn:aws:s3:::hostile/open/*", "arn:aws:s3:::hostile/one", "arn:aws:s3:::hostile/shut/*"])
        reader = home.as_role("s3", make_role("hostile-reader", rights, deny))
        for key in ("open/new\nline", "one"):
            assert reader.get_object(Bucket="hostile", Key=key)["Body"].read() == b"1"
        for key in ("one\n", "shut/new\nline"):
            refused(lambda key=key: reader.get_object(Bucket="hostile", Key=key))  # type: ignore[misc]


class TestEncryptedObjects:
    def test_a_role_without_the_key_neither_writes_nor_reads_them(self, home: Home, make_role: Callable[..., str]) -> None:
        s3, key = home.client("s3"), home.client("kms").create_key()["KeyMetadata"]["Arn"]
        s3.create_bucket(Bucket="sealed", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket="sealed", ServerSideEncryptionConfiguration={"Rules": [default]})
        bucket = allow("s3:*", on=["arn:aws:s3:::sealed", "arn:aws:s3:::sealed/*"])
        writer = home.as_role("s3", make_role("sealer", bucket, allow("kms:GenerateDataKey", on=key)))
        writer.put_object(Bucket="sealed", Key="k", Body=b"1")
        assert f"kms:Decrypt on resource: {key}" in refused(lambda: writer.get_object(Bucket="sealed", Key="k"))
        reader = home.as_role("s3", make_role("opener", bucket, allow("kms:Decrypt", on=key)))
        assert reader.get_object(Bucket="sealed", Key="k")["Body"].read() == b"1"
        assert f"kms:GenerateDataKey on resource: {key}" in refused(lambda: reader.put_object(Bucket="sealed", Key="k2", Body=b""))
        refused(lambda: writer.copy_object(Bucket="sealed", Key="k3", CopySource={"Bucket": "sealed", "Key": "k"}))

    def test_a_bucket_policy_sees_the_key_that_an_upload_names(self, home: Home) -> None:
        s3, keys = home.client("s3"), [home.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)]
        s3.create_bucket(Bucket="one-key", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        header = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        other = {"StringNotEquals": {header: keys[0]}, "Null": {header: "false"}}
        refuse = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::one-key/*", "Condition": other}
        s3.put_bucket_policy(Bucket="one-key", Policy=json.dumps({"Version": "2012-10-17", "Statement": [refuse]}))
        user = home.client("s3", "user")
        user.put_object(Bucket="one-key", Key="k", Body=b"")
        user.put_object(Bucket="one-key", Key="k", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=keys[0])
        refused(lambda: user.put_object(Bucket="one-key", Key="k", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=keys[1]))


class TestEncryptedMessages:
    def test_publishing_to_an_encrypted_topic_needs_its_key(self, home: Home, make_role: Callable[..., str]) -> None:
        key = home.client("kms").create_key()["KeyMetadata"]["Arn"]
        topic = home.client("sns").create_topic(Name="sealed", Attributes={"KmsMasterKeyId": key})["TopicArn"]
        publish = allow("sns:Publish", on=topic)
        teller = home.as_role("sns", make_role("teller", publish, allow("kms:Decrypt", on=key)))
        assert f"kms:GenerateDataKey on resource: {key}" in refused(lambda: teller.publish(TopicArn=topic, Message="m"))
        home.as_role("sns", make_role("keeper", publish, allow("kms:*", on=key))).publish(TopicArn=topic, Message="m")

    def test_a_message_of_an_encrypted_queue_is_received_with_its_key_only(self, home: Home, make_role: Callable[..., str]) -> None:
        key = home.client("kms").create_key()["KeyMetadata"]["Arn"]
        url = home.client("sqs").create_queue(QueueName="sealed-letters", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
        reading = allow("sqs:*", on="arn:aws:sqs:eu-west-1:000000000000:sealed-letters")
        listener = home.as_role("sqs", make_role("listener", reading))
        assert f"kms:Decrypt on resource: {key}" in refused(lambda: listener.receive_message(QueueUrl=url))
        home.as_role("sqs", make_role("opener-of-messages", reading, allow("kms:Decrypt", on=key))).receive_message(QueueUrl=url)


class TestTheRecordOfDecisions:
    def test_says_who_may_do_what_on_which_resource_while_its_file_stands(self, home: Home, make_role: Callable[..., str]) -> None:
        home.client("s3").create_bucket(Bucket="seen", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3 = home.as_role("s3", make_role("watched", allow("s3:ListBucket", on="arn:aws:s3:::seen")))
        file = home.folder / "decisions.jsonl"
        s3.list_objects_v2(Bucket="seen")
        assert not file.exists()
        file.touch()
        s3.list_objects_v2(Bucket="seen", Prefix="a/")
        refused(lambda: s3.put_object(Bucket="seen", Key="k", Body=b""))
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        file.unlink()
        assert {line["caller"] for line in lines} == {"arn:aws:sts::000000000000:assumed-role/watched/test"}
        assert [(line["action"], line["resource"], line["allowed"]) for line in lines] == [
            ("s3:ListBucket", "arn:aws:s3:::seen", True),
            ("s3:PutObject", "arn:aws:s3:::seen/k", False),
        ]
        assert lines[0]["context"]["s3:prefix"] == "a/"


class TestKeysOfTheAccount:
    @pytest.mark.parametrize("key", ["test", "000000000000", "111122223333"])
    def test_no_well_known_key_is_root(self, home: Home, key: str) -> None:
        with pytest.raises(ClientError, match=r"InvalidAccessKeyId|security token|does not exist|InvalidClientTokenId"):
            home.client("s3", aws_access_key_id=key, aws_secret_access_key="test").list_buckets()

    def test_a_request_without_credentials_reads_no_object(self, home: Home) -> None:
        import urllib.error
        import urllib.request

        s3 = home.client("s3")
        s3.create_bucket(Bucket="closed", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="closed", Key="k", Body=b"secret")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{home.about['endpoint']}/closed/k")

    def test_the_emulator_cannot_be_reset_from_outside(self, home: Home) -> None:
        import urllib.error
        import urllib.request

        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(urllib.request.Request(f"{home.about['endpoint']}/_ministack/reset", method="POST"))

    @pytest.mark.slow
    def test_a_session_that_has_ended_opens_nothing(self, home: Home, make_role: Callable[..., str]) -> None:
        role = make_role("short", allow("s3:ListAllMyBuckets"))
        unchecked = Config(parameter_validation=False)  # boto3 itself asks for 900 seconds and more
        keys = {f"aws_{name}": value for name, value in home.keys("root").items()}
        sts = boto3.client("sts", endpoint_url=home.about["endpoint"], region_name=home.about["region"], config=unchecked, **keys)
        found = sts.assume_role(RoleArn=role, RoleSessionName="short", DurationSeconds=1)["Credentials"]
        session = {"aws_access_key_id": found["AccessKeyId"], "aws_secret_access_key": found["SecretAccessKey"]}
        s3 = home.client("s3", aws_session_token=found["SessionToken"], **session)
        s3.list_buckets()
        time.sleep(max(0, found["Expiration"].timestamp() - time.time()) + 1.1)  # it is told in whole seconds
        for _ in range(2):
            with pytest.raises(ClientError, match=r"ExpiredToken|InvalidAccessKeyId|InvalidClientTokenId|InvalidToken"):
                s3.list_buckets()
            home.as_role("s3", role)  # another session begins, and those that have ended are forgotten

    def test_the_deployer_may_assume_deployment_roles_and_nothing_else(self, home: Home, make_role: Callable[..., str]) -> None:
        sts = home.client("sts", "deployer")
        assert sts.get_caller_identity()["Arn"].endswith(":user/deployer")
        sts.assume_role(RoleArn=make_role("cdk-test-deploy"), RoleSessionName="deploy")
        refused(lambda: home.client("s3", "deployer").list_buckets())

    def test_the_user_reads_no_deployment_asset(self, home: Home) -> None:
        home.client("s3").create_bucket(Bucket="cdk-assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        home.client("s3", "user").list_buckets()
        refused(lambda: home.client("s3", "user").list_objects_v2(Bucket="cdk-assets"))
