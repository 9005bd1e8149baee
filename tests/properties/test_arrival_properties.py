"""Whatever a batch holds: failures are ids that were given, and one by one has the same effect as all at once."""

import json
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.functions import NOON, FakeGlue, FakeSteps, load

start_run = load("flows_start_run")

json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["detail", "object", "key", "time"]), inner, max_size=3),
    max_leaves=8,
)
names = st.text(max_size=12)


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """Events of S3, of files that landed long before the fake's clock."""
    time = (NOON - timedelta(seconds=draw(st.integers(60, 10_000)))).isoformat()
    key = draw(st.sampled_from(["", "calls/", "calls/2026/"])) + draw(names)
    return {"time": time, "detail": {"object": {"key": key, "etag": draw(names)}}}


bodies = st.text(max_size=20) | json_values.map(json.dumps) | events().map(json.dumps)
batches = st.lists(bodies, max_size=8).map(
    lambda found: [{"messageId": f"m{number}", "body": body} for number, body in enumerate(found)],
)


def taken(batch: list[dict[str, Any]], *, machine: FakeSteps) -> set[str]:
    shelves = start_run.Shelves(FakeGlue(), database="raw", crawlers={"calls": "looks-at-calls"})
    answer = start_run.answer(batch, machine=start_run.Machine(machine, arn="the machine"), shelves=shelves, now=machine.now)
    return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


@given(batches)
def test_failures_are_ids_that_were_given_and_one_by_one_has_the_effect_of_all_at_once(batch: list[dict[str, Any]]) -> None:
    together, apart = FakeSteps(), FakeSteps()
    failed = taken(batch, machine=together)
    assert failed <= {each["messageId"] for each in batch}
    assert failed == {identifier for each in batch for identifier in taken([each], machine=apart)}
    assert len(together.executions) == len(apart.executions) <= 1


@given(batches, st.randoms())
def test_neither_order_nor_repetition_makes_another_run_of_a_batch(batch: list[dict[str, Any]], random: Any) -> None:
    again = [*batch, *batch]
    random.shuffle(again)
    once, twice = FakeSteps(), FakeSteps()
    taken(batch, machine=once)
    taken(again, machine=twice)
    assert once.executions == twice.executions


@given(st.lists(st.tuples(names, names), max_size=6), st.lists(st.tuples(names, names), max_size=6))
def test_other_files_are_another_batch(some: list[tuple[str, str]], others: list[tuple[str, str]]) -> None:
    def digest(files: list[tuple[str, str]]) -> str:
        return str(start_run.digest([start_run.File(key=key, version=version, landed=NOON) for key, version in files]))

    assert (digest(some) == digest(others)) == (set(some) == set(others))
