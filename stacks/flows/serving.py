"""The steps that put a version behind an endpoint: a model and a configuration of the run's own, a change without a gap, and no leftovers.

While an endpoint changes, what it had answers on. If the new version does not come up, SageMaker leaves the former one in service; the flow
removes what it made for the new one and fails with SageMaker's reason.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.flows.endpoint_plan import EndpointPlan
from stacks.flows.learning import ModelPlan
from stacks.flows.sagemaker_calls import Calls
from stacks.flows.sealed import Seal
from stacks.flows.steps import Steps

SECONDS, MINUTES = 10, 40  # between two looks at an endpoint; for all looks together
LOOKS = MINUTES * 60 // SECONDS
BUSY = "['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting']"
DONE = "$state = 'InService' and $config = $made"


class Serving:
    """Steps in the flow's construct. Model and configuration are both named `$made`, after run and version."""

    def __init__(self, scope: Construct, *, plan: ModelPlan, endpoint: EndpointPlan, steps: Steps) -> None:
        self._scope, self._plan, self._endpoint, self._steps = scope, plan, endpoint, steps
        self._calls = Calls(scope, steps=steps, job_minutes=plan.minutes)
        self._name = plan.home.group

    def served(self, *, made: str, then: sfn.IChainable) -> sfn.IChainable:
        """All steps; `made` is an expression for the names."""
        seal = Seal(self._scope, calls=self._calls, bad=self._steps.endings.bad)
        stays = f"The endpoint {self._name} stays as it was"
        told: dict[str, Any] = {"made": f"{{% {made} & '-v' & $version %}}", "former": "", "looks": 0}
        return seal.checked("Look at the artefact again", so=stays, then=self._made(then=self._changed(then=then)), **told)

    def _made(self, *, then: sfn.IChainable) -> sfn.IChainable:
        plan = self._plan
        model = self._call("Make a model to serve", "sagemaker:createModel", arguments={
            "ModelName": "{% $made %}", "ExecutionRoleArn": plan.home.role.role_arn,
            "EnableNetworkIsolation": self._endpoint.isolated, "PrimaryContainer": {"ModelPackageName": "{% $package %}"},
        })  # fmt: skip
        asked = self._endpoint.configuration("{% $made %}", model="{% $made %}", place=plan.home.place, key=plan.home.key)
        return model.next(self._call("Configure the endpoint", "sagemaker:createEndpointConfig", arguments=asked)).next(then)

    def _changed(self, *, then: sfn.IChainable) -> sfn.CustomState:
        """Makes the endpoint or changes it, whatever state an earlier run or a person has left it in."""
        settled = self._settled(then=then)
        asked = {"EndpointName": self._name, "EndpointConfigName": "{% $made %}"}
        create = self._call("Create the endpoint", "sagemaker:createEndpoint", arguments=asked)
        update = self._call("Update the endpoint", "sagemaker:updateEndpoint", arguments=asked)
        create.next(settled)
        update.next(settled)
        found = f"$count($states.result.Endpoints[EndpointName = '{self._name}']) > 0"
        find = self._call(
            "Find the endpoint",
            "aws-sdk:sagemaker:listEndpoints",
            arguments={"NameContains": self._name, "MaxResults": 100},
            assign={"there": f"{{% {found} %}}"},
        )
        read = self._look("Read the endpoint", former="{% $states.result.EndpointConfigName %}")
        # An endpoint that has failed can only be removed, and it answers nobody.
        remove = self._call(
            "Remove the failed endpoint", "aws-sdk:sagemaker:deleteEndpoint", arguments={"EndpointName": self._name}, assign={"former": ""}
        )
        wait = self._wait("Wait until it may be changed", then=find)
        remove.next(wait)
        ready = sfn.Choice.jsonata(self._scope, "May it be changed?")
        ready.when(sfn.Condition.jsonata("{% $state = 'InService' %}"), update)
        ready.when(sfn.Condition.jsonata("{% $state = 'Failed' %}"), remove)
        ready.when(sfn.Condition.jsonata(f"{{% $state in {BUSY} and $looks < {LOOKS} %}}"), wait)
        read.next(ready.otherwise(self._steps.endings.bad))
        there = sfn.Choice.jsonata(self._scope, "Is there an endpoint?").when(sfn.Condition.jsonata("{% $there %}"), read)
        find.next(there.otherwise(create))
        return find

    def _settled(self, *, then: sfn.IChainable) -> sfn.Wait:
        """Waits until the endpoint serves the version or does not, and removes what serves nobody any more."""
        look = self._look("Look at the endpoint")
        wait = self._wait("Wait for the endpoint", then=look)
        dropped = self._dropped(then=then)
        choice = sfn.Choice.jsonata(self._scope, "Does it serve the version?")
        choice.when(sfn.Condition.jsonata(f"{{% {DONE} %}}"), dropped)
        choice.when(sfn.Condition.jsonata(f"{{% $state in {BUSY} and $looks < {LOOKS} %}}"), wait)
        choice.when(sfn.Condition.jsonata(f"{{% $state in {BUSY} %}}"), self._steps.endings.bad)  # it still uses what is new
        look.next(choice.otherwise(dropped))
        return wait

    def _dropped(self, *, then: sfn.IChainable) -> sfn.Choice:
        """Removes configuration and model of the version that lost, if the flow made them: both have one name."""
        stale = f"({DONE} ? $former : $made)"
        told = f"({DONE} ? 'The endpoint {self._name} serves version ' & $version : $reason)"
        failed = f"{{% {told} & '; but ' & {stale} & ' could not be removed: ' & $states.errorOutput.Cause %}}"
        name = f"{{% {stale} %}}"
        drop = self._call(
            "Drop the configuration", "aws-sdk:sagemaker:deleteEndpointConfig", arguments={"EndpointConfigName": name}, failed=failed
        )
        model = self._call("Drop its model", "aws-sdk:sagemaker:deleteModel", arguments={"ModelName": name}, failed=failed)
        worked = sfn.Choice.jsonata(self._scope, "Is the version served?").when(sfn.Condition.jsonata(f"{{% {DONE} %}}"), then)
        worked.otherwise(self._steps.endings.bad)
        drop.next(model).next(worked)
        ours = sfn.Condition.jsonata(f"{{% $contains({stale}, '{self._name}-') %}}")
        return sfn.Choice.jsonata(self._scope, "Is something left over?").when(ours, drop).otherwise(worked)

    def _look(self, name: str, **assign: str) -> sfn.CustomState:
        found = "$states.result"
        why = f"$exists({found}.FailureReason) ? {found}.FailureReason : 'it is ' & {found}.EndpointStatus"
        assigned = {
            "state": f"{{% {found}.EndpointStatus %}}",
            "config": f"{{% {found}.EndpointConfigName %}}",
            "looks": "{% $looks + 1 %}",
            "reason": f"{{% 'The endpoint {self._name} does not serve version ' & $version & ': ' & ({why}) %}}",
        }
        asked = {"EndpointName": self._name}
        return self._call(name, "aws-sdk:sagemaker:describeEndpoint", arguments=asked, assign={**assigned, **assign})

    def _wait(self, name: str, *, then: sfn.IChainable) -> sfn.Wait:
        wait = sfn.Wait.jsonata(self._scope, name, time=sfn.WaitTime.duration(cdk.Duration.seconds(SECONDS)))
        wait.next(then)
        return wait

    def _call(self, name: str, resource: str, **more: Any) -> sfn.CustomState:
        return self._calls.step(name, resource, **more)
