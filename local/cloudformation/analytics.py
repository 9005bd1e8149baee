"""Athena's and Glue's types where the emulator lacks them or forgets properties.

`AWS::Athena::NamedQuery` and `AWS::Glue::SecurityConfiguration` are added on the emulator's own APIs. A workgroup that
still holds queries is deleted only with `RecursiveDeleteOption`, as on AWS, where this is a well-known trap of a first
destroy. A Glue job keeps the properties its runs need, such as how many may run at a time.
"""

import json
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import athena, glue
from ministack.services.cloudformation import provisioners

from local.cloudformation.handlers import Made, Properties, add, answer, existing
from local.seams import replace

JOB_PROPERTIES = {
    "ExecutionProperty": {"MaxConcurrentRuns": 1},
    "ExecutionClass": "STANDARD",
    "JobRunQueuingEnabled": False,
    "NotificationProperty": {},
}


def plug_in() -> None:
    """Add and complete the types."""
    add("AWS::Athena::NamedQuery", create=_create_query, delete=_delete_query)
    add("AWS::Glue::SecurityConfiguration", create=_create_security, delete=_delete_security)
    existing("AWS::Athena::WorkGroup")["delete"] = _delete_workgroup_resource
    replace(athena, "_delete_workgroup", expected="(data)", by=_delete_workgroup)
    provisioners._GLUE_JOB_DEFAULTS.update(JOB_PROPERTIES)
    _keep_job_properties()


def _create_query(_logical_id: str, properties: Properties, _stack: str) -> Made:
    workgroup = properties.get("WorkGroup", "primary")
    if workgroup not in athena._workgroups:
        raise ValueError(f"WorkGroup {workgroup} is not found.")
    made = answer(athena._create_named_query(properties))["NamedQueryId"]
    return made, {"NamedQueryId": made}


def _delete_query(physical_id: str, _properties: Properties) -> None:
    athena._delete_named_query({"NamedQueryId": physical_id})


def _create_security(_logical_id: str, properties: Properties, _stack: str) -> Made:
    answer(glue._create_security_configuration(properties))
    return properties["Name"], {}


def _delete_security(physical_id: str, _properties: Properties) -> None:
    glue._delete_security_configuration({"Name": physical_id})


def _delete_workgroup_resource(physical_id: str, properties: Properties) -> None:
    if physical_id in athena._workgroups:
        answer(_delete_workgroup({"WorkGroup": physical_id, "RecursiveDeleteOption": properties.get("RecursiveDeleteOption")}))


def _delete_workgroup(data: dict[str, Any]) -> Any:
    name = data.get("WorkGroup")
    if name == "primary":
        return error_response_json("InvalidRequestException", "Cannot delete primary workgroup", 400)
    stores = (athena._named_queries, athena._executions)
    held = [(store, key) for store in stores for key, query in list(store.items()) if query.get("WorkGroup") == name]
    if held and str(data.get("RecursiveDeleteOption", False)).lower() != "true":
        return error_response_json("InvalidRequestException", f"WorkGroup {name} is not empty", 400)
    for store, key in held:
        store.pop(key, None)
    athena._workgroups.pop(name, None)
    athena._tags.pop(athena._arn_workgroup(name), None)
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, b"{}"


def _keep_job_properties() -> None:
    def create(data: dict[str, Any]) -> Any:
        response = made(data)
        if response[0] < 400:
            kept = {k: data.get(k, default) for k, default in JOB_PROPERTIES.items()}
            glue._jobs[data["Name"]].update(json.loads(json.dumps(kept)))
        return response

    def update(data: dict[str, Any]) -> Any:
        response = changed(data)
        if response[0] < 400:
            glue._jobs[data["JobName"]].update({k: v for k, v in data.get("JobUpdate", {}).items() if k in JOB_PROPERTIES})
        return response

    made = replace(glue, "_create_job", expected="(data)", by=create)
    changed = replace(glue, "_update_job", expected="(data)", by=update)
