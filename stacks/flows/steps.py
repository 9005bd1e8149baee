"""The steps that flows are made of (a job, a question to Athena, its answer), and the state machine that takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.flows.calls import call, retry
from stacks.flows.endings import RUN, Endings
from stacks.flows.names import machine_name
from stacks.flows.permissions import ask, log_and_trace, run_jobs, tell
from stacks.parts.encrypted_logs import EncryptedLogs
from stacks.parts.notices import Notices
from stacks.parts.service_role import ServiceRole
from stacks.parts.spans import minutes
from stacks.parts.spark_job import SparkJob
from stacks.parts.workgroup import Workgroup
from stacks.parts.zone_database import ZoneDatabase

CHECK_MINUTES = 15
BUSY = ("Glue.ConcurrentRunsExceededException",)
GLUE_TRANSIENT = ("Glue.InternalServiceException", "Glue.OperationTimeoutException", "Glue.ThrottlingException")
ATHENA_TRANSIENT = ("Athena.InternalServerException", "Athena.ThrottlingException", "Athena.TooManyRequestsException")
RUN_AS_TEXT = f'{{% "\'" & $replace({RUN}, "\'", "\'\'") & "\'" %}}'

ANY_FILE = "Athena reads whatever files a table has and names its results itself; the wildcard stays in one database, bucket and prefix."


@dataclass(frozen=True, kw_only=True)
class FlowTools:
    """What the flows of an environment share: the minutes that a job may take, where they ask, and whom they tell."""

    job_minutes: int
    workgroup: Workgroup
    cleaned: ZoneDatabase
    notices: Notices
    key: kms.IKey
    log_days: int


class Steps:
    """The steps of one flow, made in its construct, and its endings. Each step that fails is told with its name."""

    def __init__(self, scope: Construct, *, flow: str, tools: FlowTools) -> None:
        self._scope, self._flow, self._tools = scope, flow, tools
        self.endings = Endings(scope, "Endings", notices=tools.notices, flow=flow)

    def run_job(self, name: str, *, job: SparkJob, arguments: Mapping[str, str]) -> sfn.CustomState:
        """A run of a job under the run's id, awaited. Its time is the run's own, which stops its workers."""
        about = {"--run_id": f"{{% {RUN} %}}", **arguments}
        asked = {"JobName": job.job.job_name, "Arguments": about, "Timeout": self._tools.job_minutes}
        task = call(self._scope, name, "glue:startJobRun.sync", arguments=asked)
        task.add_retry(errors=list(BUSY), interval=minutes(1), max_attempts=10, backoff_rate=1)
        return self._guarded(task, GLUE_TRANSIENT, step=name)

    def ask(self, name: str, *, sql: str) -> sfn.CustomState:
        """A question to Athena whose parameter is the run's id, awaited. What can be no parameter makes `sql` an expression."""
        found = {"query": "{% $states.result.QueryExecution.QueryExecutionId %}"}
        task = self._query(name, {"QueryString": sql, "ExecutionParameters": [RUN_AS_TEXT]}, Output=found)
        return self._guarded(task, ATHENA_TRANSIENT, step=name)

    def write(self, name: str, *, sql: str) -> sfn.CustomState:
        """Rows written below a prefix of the run, awaited. Never tried again: half of them may be there, which Athena then refuses."""
        return self._guarded(self._query(name, {"QueryString": sql}), (), step=name)

    def read(self, name: str, *, of: str, assign: Mapping[str, str]) -> sfn.CustomState:
        """The answer's only row: variables from expressions in which {row} is its cells. `of` is the step that asked."""
        row = "$states.result.ResultSet.Rows[1].Data"
        found = {variable: f"{{% {expression.format(row=row)} %}}" for variable, expression in assign.items()}
        asked = {"QueryExecutionId": "{% $states.input.query %}"}
        task = call(self._scope, name, "athena:getQueryResults", arguments=asked, Assign=found, TimeoutSeconds=60 * CHECK_MINUTES)
        return self._guarded(task, ATHENA_TRANSIENT, step=of)

    def role(self, *, jobs: Sequence[SparkJob]) -> ServiceRole:
        """The role of a flow that runs these jobs, asks and tells."""
        role = ServiceRole(self._scope, "Role", service="states", description=f"Runs the flow {self._flow}")
        role.may(*run_jobs(jobs), *tell(self._tools.notices))
        role.may(*ask(self._tools.workgroup, databases=[self._tools.cleaned]), because=ANY_FILE)
        log_and_trace(role)
        return role

    def machine(self, start: sfn.IChainable, *, comment: str, role: ServiceRole, jobs: int) -> sfn.StateMachine:
        """The state machine that begins with `start` and runs so many jobs. Its execution name is the run id."""
        logs = EncryptedLogs(self._scope, "Logs", key=self._tools.key, days=self._tools.log_days).group
        machine = sfn.StateMachine(
            self._scope,
            "Machine",
            state_machine_name=machine_name(self._scope, flow=self._flow),
            comment=f"{self._flow}: {comment}",
            definition_body=sfn.DefinitionBody.from_chainable(start),
            query_language=sfn.QueryLanguage.JSONATA,
            role=role.without_policy_updates(),
            timeout=minutes(2 * jobs * self._tools.job_minutes),
            # Causes of failures may quote rows, so execution data stays in the history and out of the logs.
            logs=sfn.LogOptions(destination=logs, level=sfn.LogLevel.ALL, include_execution_data=False),
            tracing_enabled=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        machine.node.add_dependency(role)
        return machine

    def _query(self, name: str, asked: Mapping[str, Any], **fields: Any) -> sfn.CustomState:
        arguments = {**asked, "WorkGroup": self._tools.workgroup.name}
        resource = "athena:startQueryExecution.sync"
        return call(self._scope, name, resource, arguments=arguments, TimeoutSeconds=60 * CHECK_MINUTES, **fields)

    def _guarded(self, task: sfn.CustomState, transient: Sequence[str], *, step: str) -> sfn.CustomState:
        if transient:
            retry(task, transient)
        self.endings.explain(task, step=step)
        return task
