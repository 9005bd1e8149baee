"""Where SQL runs, and under which limits."""

from dataclasses import dataclass

from aws_cdk import aws_athena as athena
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.parts.here import ACCOUNT
from stacks.parts.keeping import fate
from stacks.parts.place import Place


@dataclass(frozen=True, kw_only=True)
class WorkgroupRules:
    """What holds for every query: at most `scan_limit` bytes read. `erasable` workgroups go with their history."""

    name: str
    scan_limit: int
    erasable: bool


class Workgroup(Construct):
    """An Athena workgroup whose settings clients cannot change, and the place of its encrypted results."""

    def __init__(self, scope: Construct, construct_id: str, *, rules: WorkgroupRules, results: Place, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.results = results
        workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=rules.name,
            description="Queries of Lakemill's users and flows",
            # A workgroup with a history cannot be deleted without this, and its history is data.
            recursive_delete_option=rules.erasable,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=rules.scan_limit,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(selected_engine_version="Athena engine version 3"),
                result_configuration=_encrypted_results(results, key=key),
            ),
        )
        workgroup.apply_removal_policy(fate(erasable=rules.erasable))
        self.name = workgroup.ref


def _encrypted_results(results: Place, *, key: kms.IKey) -> athena.CfnWorkGroup.ResultConfigurationProperty:
    return athena.CfnWorkGroup.ResultConfigurationProperty(
        output_location=results.url,
        expected_bucket_owner=ACCOUNT,
        encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(encryption_option="SSE_KMS", kms_key=key.key_arn),
    )
