"""What starts a flow without a person."""

from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.parts.access import allow
from stacks.parts.service_role import ServiceRole


class Clock(Construct):
    """Starts a state machine at `cron`, six fields in UTC."""

    def __init__(self, scope: Construct, construct_id: str, *, cron: str, machine: sfn.StateMachine) -> None:
        super().__init__(scope, construct_id)
        role = ServiceRole(self, "Role", service="scheduler", description="Starts a flow on time")
        role.may(allow(["states:StartExecution"], on=[machine.state_machine_arn]))
        scheduler.Schedule(
            self,
            "Schedule",
            schedule=scheduler.ScheduleExpression.expression(f"cron({cron})"),
            target=targets.StepFunctionsStartExecution(machine, role=role.without_policy_updates()),
        )
