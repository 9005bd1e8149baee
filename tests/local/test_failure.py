"""The one line that says why a job failed, out of what its process wrote to its errors."""

import pytest

from local.glue.failure import LONGEST, reason

DRIVER = ["Traceback (most recent call last):", '  File "a.py", line 1, in <module>', "    import duckdb"]
BRIDGE = [*DRIVER, "py4j.protocol.Py4JJavaError: An error occurred while calling o1.count."]
DENIED = (
    "software.amazon.awssdk.services.glue.model.AccessDeniedException: User: r is not authorized to perform: glue:GetTable on resource: t"
)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["exiting"], "Command failed with exit code 3", id="no traceback"),
        pytest.param(
            [*DRIVER, "ModuleNotFoundError: No module named 'duckdb'"], "ModuleNotFoundError: No module named 'duckdb'", id="Python"
        ),
        pytest.param(
            [*DRIVER, "ValueError: a", "", "During handling", *DRIVER, "pkg.mod.Other: b", "  indented", "more"],
            "Other: b",
            id="the last one",
        ),
        pytest.param([*BRIDGE, f": {DENIED}", "\tat a.b.C"], DENIED.split("model.")[1], id="Java"),
        pytest.param(
            [*BRIDGE, ": org.apache.spark.SparkException: Job aborted", "\tat a.b", f"Caused by: {DENIED}", "\tat c.d"],
            DENIED.split("model.")[1],
            id="the cause of an aborted job",
        ),
        pytest.param(
            [
                *BRIDGE,
                ": org.apache.spark.SparkException: Job aborted due to stage failure: org.apache.spark.api.python.PythonException: "
                + DRIVER[0],
                *DRIVER[1:],
                "ModuleNotFoundError: No module named 'duckdb'",
                "",
                "Caused by: org.apache.spark.api.python.PythonException: " + DRIVER[0],
                *DRIVER[1:],
                "ModuleNotFoundError: No module named 'duckdb'",
                "",
                "\tat a.b.C",
            ],
            "ModuleNotFoundError: No module named 'duckdb'",
            id="an executor's Python",
        ),
        pytest.param([*DRIVER, "ValueError: " + "x" * 2000], ("ValueError: " + "x" * 2000)[:LONGEST], id="bounded"),
        pytest.param(DRIVER[:1], DRIVER[0], id="cut off"),
    ],
)
def test_the_reason_is_the_exception_at_the_bottom_of_it(lines: list[str], expected: str) -> None:
    assert reason(lines, code=3) == expected
