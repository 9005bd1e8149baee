"""Requests are checked as AWS's own service model says: types, what is required, lengths, patterns, values.

The model is botocore's, the one that SDKs use; what SDKs leave to the service (patterns, lengths, enumerations) is
checked here, with the words that AWS's services use for it.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import Shape

from local.sagemaker.answers import Data, Refused

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
}
_MARKS = "!-~\u00a1-\U0010ffff"
_CLASSES = {
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
    r"\p{M}": _MARKS,
    r"\p{S}": _MARKS,
    r"\p{P}": _MARKS,
}


@cache
def _service() -> Any:
    return botocore.session.get_session().get_service_model("sagemaker")


def input_of(operation: str) -> Any:
    """The shape of an operation's request."""
    return _service().operation_model(operation).input_shape


def modelled(operation: str) -> tuple[str, ...]:
    """The names of the members of an operation's answer."""
    return tuple(_service().operation_model(operation).output_shape.members)


def check(operation: str, data: Data) -> None:
    """Raise Refused if a request is not what the service model says."""
    _check_types(input_of(operation), data)
    wrong = list(_problems(input_of(operation), data, path=""))
    if wrong:
        counted = f"{len(wrong)} validation error{'s' if len(wrong) > 1 else ''} detected"
        raise Refused(f"{counted}: {'; '.join(wrong)}")


def _check_types(shape: Shape, value: Any) -> None:
    wanted = _TYPES.get(shape.type_name)
    if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
        raise Refused(f"{type(value).__name__} value can not be converted to {shape.type_name}", code="SerializationException")
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None:
                _check_types(member, value[name])
    elif shape.type_name in ("list", "map"):
        inner = shape.member if shape.type_name == "list" else shape.value
        for each in value if shape.type_name == "list" else value.values():
            _check_types(inner, each)


def _problems(shape: Shape, value: Any, *, path: str) -> Iterator[str]:
    for said in _own(shape, value):
        yield f"Value {_quoted(value)} at '{path}' failed to satisfy constraint: Member must {said}"
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            inner = f"{path}.{_lower(name)}" if path else _lower(name)
            if value.get(name) is not None:
                yield from _problems(member, value[name], path=inner)
            elif name in shape.required_members:
                yield f"Value null at '{inner}' failed to satisfy constraint: Member must not be null"
    elif shape.type_name == "list":
        for number, each in enumerate(value, 1):
            yield from _problems(shape.member, each, path=f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, each in value.items():
            yield from _problems(shape.key, key, path=f"{path}.key")
            yield from _problems(shape.value, each, path=f"{path}.{key}.member")


def _own(shape: Shape, value: Any) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(value, str | list | dict):
        if most is not None and len(value) > most:
            yield f"have length less than or equal to {most}"
        if least is not None and len(value) < least:
            yield f"have length greater than or equal to {least}"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if most is not None and value > most:
            yield f"have value less than or equal to {most}"
        if least is not None and value < least:
            yield f"have value greater than or equal to {least}"
    pattern, values = shape.metadata.get("pattern"), getattr(shape, "enum", None)
    if pattern and isinstance(value, str) and not _compiled(pattern).fullmatch(value):
        yield f"satisfy regular expression pattern: {pattern}"
    if values and isinstance(value, str) and value not in values:
        yield f"satisfy enum value set: [{', '.join(values)}]"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the service model, which is written for Java; classes that Python lacks are taken wider."""
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    try:
        return re.compile(re.sub(r"\$\{[\d,]+\}", "", pattern))
    except re.error:
        return re.compile(".*", re.DOTALL)


def _quoted(value: Any) -> str:
    return f"'{value if isinstance(value, str) else json.dumps(value, default=str)}'"


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
