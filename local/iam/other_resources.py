"""What requests to CloudWatch Logs, Scheduler, SNS and Step Functions touch, where the emulator's answer is not AWS's.

Logs: AWS checks `log-group:NAME:log-stream:STREAM` (an empty stream for calls on the group), which is why policies end
in `:*`. Scheduler: the schedule's own group, not `default`. SNS: the topic of a subscription. Step Functions: the
state machine or execution; `resourceArn` for tags.
"""

from typing import Any

from local.iam.place import Place


def logs(operation: str, request: dict[str, Any], place: Place) -> list[str]:
    """The log group and stream of a CloudWatch Logs request."""
    if "Tag" in operation and request.get("resourceArn"):
        return []
    if not any(request.get(k) for k in ("logGroupName", "logGroupIdentifier", "logGroupNamePrefix")):
        return [place.arn("logs", "log-group::log-stream:")] if operation.startswith("Describe") else []
    named = str(request.get("logGroupName") or request.get("logGroupNamePrefix") or request["logGroupIdentifier"])
    group = named.rsplit(":log-group:", 1)[-1].removesuffix(":*")
    return [place.arn("logs", f"log-group:{group}:log-stream:{request.get('logStreamName') or ''}")]


def scheduler(_operation: str, request: dict[str, Any], place: Place) -> list[str]:
    """The schedule, in its own group."""
    parts = [p for p in str(request["_path"]).split("/") if p]
    if len(parts) < 2 or parts[0] != "schedules":
        return []
    group = request.get("groupName") or request.get("GroupName") or "default"
    return [place.arn("scheduler", f"schedule/{group}/{parts[1]}")]


def sns(operation: str, request: dict[str, Any], place: Place) -> list[str]:
    """The topic of a subscription; topics themselves are right as they are."""
    subscription = request.get("SubscriptionArn")
    if subscription and not request.get("TopicArn"):
        return [str(subscription).rsplit(":", 1)[0]]
    return [place.arn("sns", "*")] if operation in ("ListTopics", "ListSubscriptions") else []


def states(_operation: str, request: dict[str, Any], _place: Place) -> list[str]:
    """The tagged resource; the rest is right as it is."""
    return [str(request["resourceArn"])] if request.get("resourceArn") else []
