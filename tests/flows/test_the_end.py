"""The end of a platform with both keys turned."""

import pytest

from tests.flows.platform import Platform

pytestmark = pytest.mark.usefixtures("local_only")


def test_with_both_keys_nothing_is_left(ran: Platform) -> None:
    ran.deploy("-c", "erase=dev")
    ran.destroy("-c", "erase=dev")
    names = [each["Name"] for each in ran.client("s3", root=True).list_buckets()["Buckets"]]
    assert [name for name in names if "lakemill-dev" in name] == []
    databases = ran.client("glue", root=True).get_databases()["DatabaseList"]
    assert [each["Name"] for each in databases if each["Name"].startswith("lakemill_dev")] == []
    groups = ran.client("logs", root=True).describe_log_groups()["logGroups"]
    assert [each["logGroupName"] for each in groups if "lakemill-dev" in each["logGroupName"] or "aws-glue" in each["logGroupName"]] == []
    ran.deploy()  # no name is left behind that a new platform would stumble over
