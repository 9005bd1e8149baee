"""What a function reports of a batch."""

from typing import Any

import pytest

from local.functions.reports import reported


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemidentifier": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": "stranger"}]}, {"a", "b"}),
        ({"batchItemFailures": ["a"]}, {"a", "b"}),
        ("done", {"a", "b"}),
    ],
)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(body: Any, failed: set[str]) -> None:
    assert reported(body, given={"a", "b"}) == failed
