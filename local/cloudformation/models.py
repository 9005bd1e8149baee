"""SageMaker's types: AWS::SageMaker::ModelPackageGroup, Model, EndpointConfig and Endpoint, made by the home's API.

A model or configuration never changes: another one is made, and the old one goes. That takes a new name, so a change of
one that the template names is refused, as on AWS. An endpoint is there when it is in service, and changes without a gap.
"""

import secrets
import string
import time
from dataclasses import dataclass

from botocore.model import Shape
from ministack.services.cloudformation import provisioners

from local.cloudformation import waiting
from local.cloudformation.handlers import Create, Delete, Made, Properties, Update, add, refuse_others
from local.sagemaker import service, shapes, stores
from local.sagemaker.answers import Data, Refused

EVERY_SECONDS = 0.05
BUSY = ("Creating", "Updating", "Deleting")


@dataclass(frozen=True)
class Kind:
    """A type: its word in the API, and where its things are kept."""

    word: str
    store: str

    @property
    def type(self) -> str:
        """The type's name."""
        return f"AWS::SageMaker::{self.word}"

    @property
    def field(self) -> str:
        """The property that names it."""
        return f"{self.word}Name"


KINDS = (
    Kind("ModelPackageGroup", "model-package-group"),
    Kind("Model", "model"),
    Kind("EndpointConfig", "endpoint-config"),
    Kind("Endpoint", "endpoint"),
)


def plug_in() -> None:
    """Add the types."""
    for kind in KINDS:
        waiting.KINDS.add(kind.type)
        provisioners._STACK_TAG_PROPERTY[kind.type] = ("Tags", "list")
        add(kind.type, create=_creator(kind), update=_updater(kind), delete=_deleter(kind))


def _creator(kind: Kind) -> Create:
    def create(logical_id: str, properties: Properties, _stack: str) -> Made:
        request = _request(kind, properties)
        request.setdefault(kind.field, _name(logical_id))
        return _make(kind, request)

    return create


def _updater(kind: Kind) -> Update:
    def update(arn: str, old: Properties, new: Properties, _stack: str) -> Made:
        before, wanted = _request(kind, old), _request(kind, new)
        record = stores.find_by_arn(arn)
        if record is None:
            raise ValueError(f"{kind.type}: {arn} is gone")
        record["_tags"] = wanted.pop("Tags", [])
        before.pop("Tags", None)
        if before == wanted:
            return arn, _attributes(kind, record)
        if kind.word == "Endpoint" and before.get(kind.field) == wanted.get(kind.field):
            _call("UpdateEndpoint", {**wanted, kind.field: record[kind.field]})
            _wait(record, served=wanted["EndpointConfigName"])
            return arn, _attributes(kind, record)
        if kind.field in wanted and before.get(kind.field) == wanted[kind.field]:
            said = f"Rename {wanted[kind.field]} and update the stack again."
            raise ValueError(f"CloudFormation cannot update a stack when a custom-named resource requires replacing. {said}")
        wanted.setdefault(kind.field, _name(record[kind.field].rpartition("-")[0] or kind.word))
        made = _make(kind, {**wanted, "Tags": record["_tags"]})
        _call(f"Delete{kind.word}", {kind.field: record[kind.field]})
        return made

    return update


def _deleter(kind: Kind) -> Delete:
    def delete(arn: str, _properties: Properties) -> None:
        record = stores.find_by_arn(arn)
        if record is not None:
            _call(f"Delete{kind.word}", {kind.field: record[kind.field]})

    return delete


def _make(kind: Kind, request: Data) -> Made:
    _call(f"Create{kind.word}", request)
    record = stores.KINDS[kind.store][request[kind.field]]
    if kind.word == "Endpoint":
        _wait(record, served=request["EndpointConfigName"])
    return record["_arn"], _attributes(kind, record)


def _wait(record: Data, *, served: str) -> None:
    """Wait until an endpoint is in service with a configuration. Raises ValueError if it does not get there."""
    while record["EndpointStatus"] in BUSY:
        time.sleep(EVERY_SECONDS)
    if record["EndpointStatus"] != "InService" or record["EndpointConfigName"] != served:
        raise ValueError(f"{record['EndpointName']}: {record.get('FailureReason', record['EndpointStatus'])}")


def _attributes(kind: Kind, record: Data) -> Data:
    found = {kind.field: record[kind.field]}
    if kind.word == "ModelPackageGroup":
        found = {"ModelPackageGroupArn": record["_arn"], "ModelPackageGroupStatus": record["ModelPackageGroupStatus"]}
    return found


def _call(operation: str, request: Data) -> Data:
    try:
        return service.call(operation, request)
    except Refused as refused:
        raise ValueError(f"{refused.message} ({operation}, {refused.code})") from refused


def _request(kind: Kind, properties: Properties) -> Data:
    """The properties as Create takes them: CloudFormation's numbers and truths may be texts."""
    shape = shapes.input_of(f"Create{kind.word}")
    refuse_others(kind.type, properties, known=frozenset(shape.members))
    return {name: _typed(shape.members[name], value) for name, value in properties.items()}


def _typed(shape: Shape, value: object) -> object:
    if isinstance(value, dict) and shape.type_name == "structure":
        return {name: _typed(shape.members[name], each) if name in shape.members else each for name, each in value.items()}
    if isinstance(value, dict) and shape.type_name == "map":
        return {name: _typed(shape.value, each) for name, each in value.items()}
    if isinstance(value, list) and shape.type_name == "list":
        return [_typed(shape.member, each) for each in value]
    if shape.type_name == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if shape.type_name in ("integer", "long", "float", "double") and isinstance(value, str):
        return float(value) if shape.type_name in ("float", "double") else int(value)
    return str(value) if shape.type_name == "string" and isinstance(value, int | float) else value


def _name(logical_id: str) -> str:
    suffix = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12))
    return f"{logical_id[:50]}-{suffix}"
