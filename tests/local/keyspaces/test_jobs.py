"""A job finds Keyspaces by its environment, and trusts it by the home's authority."""

from collections.abc import Callable

from tests.local.conftest import allow, until
from tests.local.keyspaces.conftest import Keyspaces

SCRIPT = """
import os, socket, ssl
host, _, port = os.environ["LAKEMILL_KEYSPACES_ENDPOINT"].partition(":")
context = ssl.create_default_context(cafile=os.environ["LAKEMILL_KEYSPACES_CA"])
with context.wrap_socket(socket.create_connection((host, int(port)), timeout=60), server_hostname=host) as connection:
    print(connection.version())
"""


def test_a_job_reaches_keyspaces_over_tls(keyspaces: Keyspaces, make_role: Callable[..., str]) -> None:
    s3, glue = keyspaces.home.client("s3"), keyspaces.home.client("glue")
    s3.create_bucket(Bucket="keyspaces-job", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="keyspaces-job", Key="script.py", Body=SCRIPT.encode())
    logs = allow("logs:*", on="arn:aws:logs:eu-west-1:000000000000:log-group:/aws-glue/*")
    role = make_role("keyspaces-job", allow("s3:GetObject", on="arn:aws:s3:::keyspaces-job/*"), logs)
    command = {"Name": "glueetl", "ScriptLocation": "s3://keyspaces-job/script.py", "PythonVersion": "3"}
    glue.create_job(Name="keyspaces-job", Role=role, Command=command, GlueVersion="5.1")
    run = glue.start_job_run(JobName="keyspaces-job")["JobRunId"]

    def ended() -> dict[str, str] | None:
        found: dict[str, str] = glue.get_job_run(JobName="keyspaces-job", RunId=run)["JobRun"]
        return found if found["JobRunState"] in ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED") else None

    found = until(ended, seconds=180)
    assert found["JobRunState"] == "SUCCEEDED", found.get("ErrorMessage")
