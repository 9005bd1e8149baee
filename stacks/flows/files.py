"""The flow of files: clean what arrived, curate what changed, check that nothing is lost, tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from stacks.flows.balance import balance_query
from stacks.flows.endings import RUN, Endings
from stacks.flows.names import machine_name
from stacks.flows.permissions import ask, log_and_trace, run_jobs, tell
from stacks.parts.encrypted_logs import EncryptedLogs
from stacks.parts.notices import Notices
from stacks.parts.service_role import ServiceRole
from stacks.parts.spark_job import SparkJob
from stacks.parts.workgroup import Workgroup
from stacks.parts.zone_database import ZoneDatabase

CHECK_MINUTES = 15
BUSY = ("Glue.ConcurrentRunsExceededException",)
GLUE_TRANSIENT = ("Glue.InternalServiceException", "Glue.OperationTimeoutException", "Glue.ThrottlingException")
ATHENA_TRANSIENT = ("Athena.InternalServerException", "Athena.ThrottlingException", "Athena.TooManyRequestsException")

INPUT = "$states.context.Execution.Input"
# What an execution's input may ask of the cleaning job; absent means all new files and no retry.
ASKED = {
    **{f"--{name}": f"{{% $exists({INPUT}.{name}) ? $string({INPUT}.{name}) : 'none' %}}" for name in ("since", "until")},
    "--retry": f"{{% $exists({INPUT}.retry) and {INPUT}.retry = true ? 'true' : 'false' %}}",
}
NOTHING: Mapping[str, str] = MappingProxyType({})
RUN_AS_TEXT = f'{{% "\'" & $replace({RUN}, "\'", "\'\'") & "\'" %}}'

ANY_FILE = "Athena reads whatever files a table has and names its results itself; the wildcard stays in one database, bucket and prefix."


@dataclass(frozen=True, kw_only=True)
class FlowTools:
    """What the flows of an environment share: its jobs (each run bounded to `job_minutes`), where it asks, and whom it tells.

    A run fails if more than `max_quarantine_percent` of its rows are refused.
    """

    clean: SparkJob
    curate: SparkJob
    job_minutes: int
    workgroup: Workgroup
    cleaned: ZoneDatabase
    notices: Notices
    key: kms.IKey
    log_days: int
    max_quarantine_percent: int


class FilesFlow(Construct):
    """A state machine `Clean -> Curate -> Check -> Notify` over the datasets of one flow. Its execution name is the run id."""

    def __init__(self, scope: Construct, construct_id: str, *, flow: str, datasets: Sequence[str], tools: FlowTools) -> None:
        super().__init__(scope, construct_id)
        self.name = flow
        self._datasets = tuple(datasets)
        self._tools = tools
        self._endings = Endings(self, "Endings", notices=tools.notices, flow=flow)
        clean, curate = self._run_job("Clean", job=tools.clean, asked=ASKED), self._run_job("Curate", job=tools.curate)
        check, verdict = self._ask(), self._read()
        clean.next(curate).next(check).next(verdict).next(self._decide())
        self.role = ServiceRole(self, "Role", service="states", description=f"Runs the flow {flow}")
        self.machine = self._machine(clean, flow=flow)

    def _machine(self, start: sfn.IChainable, *, flow: str) -> sfn.StateMachine:
        tools = self._tools
        role = self.role
        role.may(*run_jobs([tools.clean, tools.curate]), *tell(tools.notices))
        role.may(*ask(tools.workgroup, databases=[tools.cleaned]), because=ANY_FILE)
        log_and_trace(role)
        logs = EncryptedLogs(self, "Logs", key=tools.key, days=tools.log_days).group
        machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=machine_name(self, flow=flow),
            comment=f"{flow}: {', '.join(self._datasets)} from raw files to curated tables",
            definition_body=sfn.DefinitionBody.from_chainable(start),
            query_language=sfn.QueryLanguage.JSONATA,
            role=role.without_policy_updates(),
            timeout=cdk.Duration.minutes(4 * tools.job_minutes),
            # Causes of failures may quote rows, so execution data stays in the history and out of the logs.
            logs=sfn.LogOptions(destination=logs, level=sfn.LogLevel.ALL, include_execution_data=False),
            tracing_enabled=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        machine.node.add_dependency(role)
        return machine

    def _run_job(self, name: str, *, job: SparkJob, asked: Mapping[str, str] = NOTHING) -> tasks.GlueStartJobRun:
        minutes = self._tools.job_minutes
        task = tasks.GlueStartJobRun.jsonata(
            self,
            name,
            glue_job_name=job.job.job_name,
            arguments=sfn.TaskInput.from_object({"--run_id": f"{{% {RUN} %}}", "--datasets": ",".join(self._datasets), **asked}),
            task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(minutes)),  # becomes the run's own, which stops its workers
            # Left out, the task would carry "NotificationProperty": null.
            notify_delay_after=cdk.Duration.minutes(minutes),
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
        )
        task.add_retry(errors=list(BUSY), interval=cdk.Duration.minutes(1), max_attempts=10, backoff_rate=1)
        task.add_retry(errors=list(GLUE_TRANSIENT), jitter_strategy=sfn.JitterType.FULL)
        self._endings.explain(task, step=name)
        return task

    def _ask(self) -> tasks.AthenaStartQueryExecution:
        task = tasks.AthenaStartQueryExecution.jsonata(
            self,
            "Check",
            query_string=balance_query(
                datasets=self._datasets, cleaned=self._tools.cleaned.name, max_percent=self._tools.max_quarantine_percent
            ),
            execution_parameters=[RUN_AS_TEXT],
            work_group=self._tools.workgroup.name,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(CHECK_MINUTES)),
            outputs={"query": "{% $states.result.QueryExecution.QueryExecutionId %}"},
        )
        task.add_retry(errors=list(ATHENA_TRANSIENT), jitter_strategy=sfn.JitterType.FULL)
        self._endings.explain(task, step="Check")
        return task

    def _read(self) -> tasks.AthenaGetQueryResults:
        row = "$states.result.ResultSet.Rows[1].Data"
        task = tasks.AthenaGetQueryResults.jsonata(
            self,
            "Read the check",
            query_execution_id="{% $states.input.query %}",
            task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(CHECK_MINUTES)),
            assign={
                "believed": f"{{% {row}[0].VarCharValue = 'true' %}}",
                "sentence": f"{{% {row}[1].VarCharValue %}}",
                "reason": f"{{% 'Check failed: ' & {row}[2].VarCharValue %}}",
            },
        )
        task.add_retry(errors=list(ATHENA_TRANSIENT), jitter_strategy=sfn.JitterType.FULL)
        self._endings.explain(task, step="Check")
        return task

    def _decide(self) -> sfn.Choice:
        choice = sfn.Choice.jsonata(self, "Do rows add up?")
        return choice.when(sfn.Condition.jsonata("{% $believed %}"), self._endings.good).otherwise(self._endings.bad)
