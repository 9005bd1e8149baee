"""How many invocations of a function may go on at once: nothing can be reserved here, as in a new account of AWS.

Such an account may run 10 functions at once, and Lambda wants those 10 unreserved. A template that reserves any would be green
at home and fail in the first deployment. Reserving 0, which stops a function, takes nothing away and works everywhere.
"""

from typing import Any

from ministack.services import lambda_svc

from local.seams import replace

QUOTA = 10


def plug_in() -> None:
    """Refuse what a new account refuses."""

    def put(func_name: str, data: dict[str, Any]) -> Any:
        problem = refusal(data)
        return lambda_svc._invalid_parameter_value(problem) if problem else keep(func_name, data)

    keep = replace(lambda_svc, "_put_function_concurrency", expected="(func_name: str, data: dict)", by=put)


def refusal(wanted: dict[str, Any]) -> str:
    """What Lambda has against a reservation, in its words; empty if nothing."""
    if not int(wanted.get("ReservedConcurrentExecutions") or 0):
        return ""
    left = f"UnreservedConcurrentExecution below its minimum value of [{QUOTA}]"
    return f"Specified ReservedConcurrentExecutions for function decreases account's {left}."
