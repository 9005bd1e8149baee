"""The steps that flows are made of (a job, a question to Athena, its answer), and the state machine that takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.flows.endings import RUN, Endings
from stacks.flows.names import machine_name
from stacks.flows.permissions import ask, log_and_trace, run_jobs, tell
from stacks.parts.encrypted_logs import EncryptedLogs
from stacks.parts.notices import Notices
from stacks.parts.service_role import ServiceRole
from stacks.parts.spans import minutes, within
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

    def run_job(self, name: str, *, job: SparkJob, arguments: Mapping[str, str]) -> tasks.GlueStartJobRun:
        """A run of a job under the run's id, awaited."""
        limit = self._tools.job_minutes
        task = tasks.GlueStartJobRun.jsonata(
            self._scope,
            name,
            glue_job_name=job.job.job_name,
            arguments=sfn.TaskInput.from_object({"--run_id": f"{{% {RUN} %}}", **arguments}),
            task_timeout=within(limit),  # becomes the run's own, which stops its workers
            # Left out, the task would carry "NotificationProperty": null.
            notify_delay_after=minutes(limit),
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
        )
        task.add_retry(errors=list(BUSY), interval=minutes(1), max_attempts=10, backoff_rate=1)
        task.add_retry(errors=list(GLUE_TRANSIENT), jitter_strategy=sfn.JitterType.FULL)
        self.endings.explain(task, step=name)
        return task

    def ask(self, name: str, *, sql: str) -> tasks.AthenaStartQueryExecution:
        """A question to Athena whose parameter is the run's id, awaited."""
        task = tasks.AthenaStartQueryExecution.jsonata(
            self._scope,
            name,
            query_string=sql,
            execution_parameters=[RUN_AS_TEXT],
            work_group=self._tools.workgroup.name,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            task_timeout=within(CHECK_MINUTES),
            outputs={"query": "{% $states.result.QueryExecution.QueryExecutionId %}"},
        )
        task.add_retry(errors=list(ATHENA_TRANSIENT), jitter_strategy=sfn.JitterType.FULL)
        self.endings.explain(task, step=name)
        return task

    def unload(self, name: str, *, sql: str) -> tasks.AthenaStartQueryExecution:
        """Rows written as files below a prefix of the run, awaited. `sql` is an expression, as a location can be no parameter."""
        task = tasks.AthenaStartQueryExecution.jsonata(
            self._scope,
            name,
            query_string=sql,
            work_group=self._tools.workgroup.name,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            task_timeout=within(CHECK_MINUTES),
        )
        self.endings.explain(task, step=name)
        return task

    def read(self, name: str, *, of: str, assign: Mapping[str, str]) -> tasks.AthenaGetQueryResults:
        """The answer's only row: variables from expressions in which {row} is its cells. `of` is the step that asked."""
        row = "$states.result.ResultSet.Rows[1].Data"
        task = tasks.AthenaGetQueryResults.jsonata(
            self._scope,
            name,
            query_execution_id="{% $states.input.query %}",
            task_timeout=within(CHECK_MINUTES),
            assign={variable: f"{{% {expression.format(row=row)} %}}" for variable, expression in assign.items()},
        )
        task.add_retry(errors=list(ATHENA_TRANSIENT), jitter_strategy=sfn.JitterType.FULL)
        self.endings.explain(task, step=of)
        return task

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
