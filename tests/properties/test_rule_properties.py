"""Month ranges cover their months and nothing else; accounts balance or the run fails."""

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakemill import ledger, moments
from lakemill.ledger import VERDICTS, Account, Unaccounted

MONTHS = st.dates(min_value=datetime(1900, 1, 1).date(), max_value=datetime(2200, 1, 1).date()).map(lambda day: f"{day:%Y-%m}")


def covered(text: str, *, month: str) -> bool:
    ranges = re.findall(r"t >= timestamp_ntz'(\d{4}-\d\d)-01 00:00:00' and t < timestamp_ntz'(\d{4}-\d\d)-01 00:00:00'", text)
    return any(start <= month < end for start, end in ranges)


@given(st.sets(MONTHS, max_size=10), MONTHS)
def test_month_ranges_cover_exactly_their_months(months, other):
    text = moments.within("t", months=months)
    assert all(covered(text, month=month) for month in months)
    assert covered(text, month=other) == (other in months)


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(*[st.integers(0, 5)] * 3), min_size=1), st.integers(-2, 2))
def test_accounts_balance_or_the_run_fails(counts, lost):
    accounts = [Account(source_file=key, version="1", bytes=1, rows_in=sum(each)) for key, each in counts.items()]
    verdicts = {(key, verdict): n for key, each in counts.items() for verdict, n in zip(VERDICTS, each, strict=True) if n}
    first = accounts[0].source_file
    verdicts[first, "cleaned"] = verdicts.get((first, "cleaned"), 0) + lost
    if lost:
        with pytest.raises(Unaccounted, match=first):
            ledger.settle(accounts, verdicts=verdicts)
    else:
        assert all(account.rows_in == account.rows_out for account in ledger.settle(accounts, verdicts=verdicts))
