"""Telling of job runs that failed. Glue has no metric for it, only an event."""

from collections.abc import Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from stacks.parts.access import allow, use_key
from stacks.parts.notices import Notices
from stacks.parts.service_role import ServiceRole

ENDS = ("FAILED", "STOPPED", "TIMEOUT")


class JobFailures(Construct):
    """Tells a topic of every run of `jobs` (their names) that ended badly, whoever started it.

    EventBridge publishes as a role of its own: to a topic under a key it cannot be let by a key policy that names this account.
    """

    def __init__(self, scope: Construct, construct_id: str, *, notices: Notices, jobs: Sequence[str], logs: str) -> None:
        super().__init__(scope, construct_id)
        role = ServiceRole(self, "Role", service="events", description="Tells of job runs that failed")
        role.may(allow(["sns:Publish"], on=[notices.topic.topic_arn]), *use_key(notices.key))
        job, run, state = (events.EventField.from_path(f"$.detail.{field}") for field in ("jobName", "jobRunId", "state"))
        said = events.EventField.from_path("$.detail.message")
        message = f"Run {run} of job {job} ended as {state}: {said} Its log is the stream {run} in a group below {logs}; see `mill status`."
        events.Rule(
            self,
            "Rule",
            description="Job runs that ended badly",
            event_pattern=events.EventPattern(
                source=["aws.glue"], detail_type=["Glue Job State Change"], detail={"jobName": list(jobs), "state": list(ENDS)}
            ),
            targets=[
                targets.SnsTopic(notices.topic, message=events.RuleTargetInput.from_text(message), role=role.without_policy_updates())
            ],
        )
