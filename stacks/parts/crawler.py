"""Crawlers that find out what lies in a place, and say so in a database of their own."""

import json
from dataclasses import dataclass

from aws_cdk import aws_glue as glue
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.parts.access import LOG_ACTIONS, allow, crawl_tables, list_objects, read_objects
from stacks.parts.encrypted_logs import EncryptedLogs
from stacks.parts.place import Place
from stacks.parts.service_role import Permission, ServiceRole
from stacks.parts.zone_database import ZoneDatabase

FOUND = "What a crawler finds decides the names of tables: the wildcard covers the tables of one database, and the objects of one prefix."
# One table for all files of a place however their columns differ, partitions with the table's columns: without both,
# files of an older form become tables of their own, or partitions that queries refuse.
CONFIGURATION = {
    "Version": 1.0,
    "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
    "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
}


@dataclass(frozen=True, kw_only=True)
class CrawlRuntime:
    """What all crawlers of an environment share. `security` names a security configuration; an empty `schedule` is none."""

    database: ZoneDatabase
    security: str
    key: kms.IKey
    log_days: int
    schedule: str


def crawler_name(env: str, *, dataset: str) -> str:
    """The name of a dataset's crawler, for who must know it without a reference: nothing of a dataset crosses stacks."""
    return f"lakemill-{env}-{dataset}"


@dataclass(frozen=True, kw_only=True)
class CrawlTask:
    """What a crawler looks at: CSV files with headers in a place, which may have a single column if they are `narrow`."""

    name: str
    place: Place
    narrow: bool


class Crawler(Construct):
    """A crawler with its own role and log group. It never takes a table away: what is gone is logged."""

    def __init__(self, scope: Construct, construct_id: str, *, task: CrawlTask, runtime: CrawlRuntime) -> None:
        super().__init__(scope, construct_id)
        place = task.place
        self.role = ServiceRole(self, "Role", service="glue", description=f"Finds out what lies below {place.prefix}")
        self.role.may(*list_objects(place), *read_objects(place), allow(["kms:Decrypt"], on=[runtime.key.key_arn]), because=FOUND)
        self.role.may(*crawl_tables(runtime.database), self._log(runtime), because=FOUND)
        every = glue.CfnCrawler.ScheduleProperty(schedule_expression=f"cron({runtime.schedule})") if runtime.schedule else None
        crawler = glue.CfnCrawler(
            self,
            "Crawler",
            name=task.name,
            description=f"Tables of {place.prefix} as found, beside the flows",
            role=self.role.role_name,
            database_name=runtime.database.name,
            targets=glue.CfnCrawler.TargetsProperty(s3_targets=[glue.CfnCrawler.S3TargetProperty(path=place.url)]),
            classifiers=[self._classifier(narrow=task.narrow)],
            configuration=json.dumps(CONFIGURATION),
            schema_change_policy=glue.CfnCrawler.SchemaChangePolicyProperty(update_behavior="UPDATE_IN_DATABASE", delete_behavior="LOG"),
            recrawl_policy=glue.CfnCrawler.RecrawlPolicyProperty(recrawl_behavior="CRAWL_EVERYTHING"),
            crawler_security_configuration=runtime.security,
            schedule=every,
        )
        crawler.node.add_dependency(self.role)  # a crawler that starts before its role's policy stands fails
        self.name = crawler.ref

    def _classifier(self, *, narrow: bool) -> str:
        """The first line is the header whatever it looks like: without this a file of nothing but texts has columns col0, col1."""
        words = glue.CfnClassifier.CsvClassifierProperty(delimiter=",", contains_header="PRESENT", allow_single_column=narrow)
        return glue.CfnClassifier(self, "Classifier", csv_classifier=words).ref

    def _log(self, runtime: CrawlRuntime) -> Permission:
        # Glue names the group itself; declared here it has a retention and goes with the stack.
        name = f"/aws-glue/crawlers-role/{self.role.role_name}-{runtime.security}"
        logs = EncryptedLogs(self, "Logs", key=runtime.key, days=runtime.log_days, name=name)
        return allow(LOG_ACTIONS, on=[logs.group.log_group_arn])
