"""What is hidden, and under which key."""

import hashlib
import hmac

import pytest

from lakemill import privacy
from lakemill.datasets import dataset
from lakemill.declare import Column, Dataset
from lakemill.privacy import Key, UnusableKey

KEY = Key(value="v" * 64, version="1")
PEOPLE = Dataset(name="people", description="d", columns=(Column(name="name", required=True, pii=True), Column(name="height")))


def test_flagged_columns_and_the_record_id_made_of_them_are_hidden_and_the_rest_is_shown():
    shown = privacy.selection(PEOPLE, existing=["name", "height", "record_id", "source_file"])
    assert [each.startswith("sha2(") for each in shown] == [True, False, True, False]
    assert privacy.personal(dataset("carriers")) == set()


@pytest.mark.parametrize("key", ["k", "k" * 64, "k" * 65, "ключ"], ids=["short", "a block", "longer than a block", "not ASCII"])
def test_the_pads_are_those_of_hmac(key: str):
    inner, outer = privacy.pads(key)
    found = hashlib.sha256(outer + hashlib.sha256(inner + b"0049301234567").digest()).hexdigest()
    assert found == hmac.new(key.encode(), b"0049301234567", "sha256").hexdigest()


def test_a_column_that_nobody_declares_stays_out():
    assert privacy.selection(PEOPLE, existing=["height", "surname"]) == ["height"]


def test_a_mark_changes_with_the_key_and_the_hidden_columns_and_is_empty_where_nothing_is_hidden():
    more = Dataset(name="people", description="d", columns=(*PEOPLE.columns, Column(name="mail", pii=True)))
    marks = {privacy.mark(PEOPLE, key=KEY), privacy.mark(PEOPLE, key=Key(value=KEY.value, version="2")), privacy.mark(more, key=KEY)}
    assert len(marks) == 3
    assert privacy.mark(dataset("carriers"), key=KEY) == privacy.joined(["", ""]) == ""


def test_a_key_is_not_shown_by_what_holds_it():
    assert "v" * 64 not in f"{KEY} {[KEY]!r}"


def test_a_secret_without_a_usable_key_is_named():
    with pytest.raises(UnusableKey, match="secret arn:x holds no key of 32 characters or more"):
        privacy.key_in("arn:x", answer={"SecretString": "short", "VersionId": "1"})
