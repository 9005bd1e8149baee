"""How a flow ends: with a notice either way, and with a reason that a person can read."""

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.flows.calls import call, retry
from stacks.parts.notices import Notices

NOTICE_MINUTES = 5
TRANSIENT = ("SNS.InternalErrorException", "SNS.KmsThrottlingException", "SNS.ThrottledException")
RUN = "$states.context.Execution.Name"

# Glue, SageMaker and Athena wrap their message in a JSON cause; everything else is said as it is.
REASON = """{{% (
  $cause := $exists($states.errorOutput.Cause) and $states.errorOutput.Cause != '' ? $states.errorOutput.Cause : $states.errorOutput.Error;
  $about := $substring($cause, 0, 1) = '{{' and $substring($cause, -1) = '}}' ? $parse($cause) : {{}};
  $said := [$about.ErrorMessage, $about.FailureReason, $about.**.StateChangeReason, $cause][0];
  '{step} failed: ' & $said
) %}}"""


class Endings(Construct):
    """`bad` tells the topic `$reason` and fails with it; `good` tells it `$sentence` and succeeds."""

    def __init__(self, scope: Construct, construct_id: str, *, notices: Notices, flow: str) -> None:
        super().__init__(scope, construct_id)
        self.bad = self._tell("Notify of failure", notices=notices, subject=f"{flow} failed", variable="$reason")
        failed = sfn.Fail.jsonata(self, "Failed", error=f"{flow}.Failed", cause="{% $reason %}")
        self.bad.add_catch(failed).next(failed)
        self.good = self._tell("Notify", notices=notices, subject=f"{flow} is done", variable="$sentence")
        self.good.next(sfn.Succeed.jsonata(self, "Done", outputs={"sentence": "{% $sentence %}"}))

    def explain(self, task: sfn.CustomState, *, step: str) -> None:
        """Takes every failure of a task to the bad ending, with a reason that names the step."""
        task.add_catch(self.bad, errors=["States.ALL"], assign={"reason": REASON.format(step=step)})

    def _tell(self, name: str, *, notices: Notices, subject: str, variable: str) -> sfn.CustomState:
        said = {"TopicArn": notices.topic.topic_arn, "Message": f"{{% {RUN} & ': ' & {variable} %}}", "Subject": f"Lakemill: {subject}"}
        task = call(self, name, "sns:publish", arguments=said, TimeoutSeconds=60 * NOTICE_MINUTES)
        retry(task, TRANSIENT)
        return task
