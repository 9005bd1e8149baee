"""Whatever text is sent, it is a statement or it is refused: the home does not break."""

import contextlib
import random

import pytest

from local.athena.failures import Refusal
from local.athena.parse import parse
from local.athena.statement import Statement

WHOLE = [
    "create table if not exists a.b with (format = 'PARQUET', partitioned_by = array['p'], bucket_count = 3) as select 1 as a with no data",
    "insert into a.b (x, y) select 1, 'a''b' from \"t$files\" for version as of 123456789012",
    "unload (select a, (b) from t where c in (1,2)) to 's3://b/x/' with (format = 'JSON', compression='gzip')",
    "prepare p from select ? from t where a < ?",
    "execute p using 1, 'x,y', (1+2), array[1,2]",
    "create or replace view v as with a as (select 1 x) select * from a",
    "drop table if exists a.b.c",
    "-- c\nshow tables in x like 'a*'",
    "select * from t1 natural join t2 cross join unnest(a) with ordinality u(x,y) -- end",
]
SCRAPS = [")", "(", ",", "'", '"', "`", ";", "?", "=", "[", "]", " with ", " as ", "--", "/*", "\n", "é", "\x00", "$", "1e5"]


@pytest.mark.parametrize("seed", range(4))
def test_a_mangled_statement_is_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(150):
        text = chance.choice(WHOLE)
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(len(text) + 1)
            end = min(len(text), start + chance.randint(0, 9))
            text = chance.choice([text[:start], text[:start] + text[end:], text[:start] + chance.choice(SCRAPS) + text[start:]])
        with contextlib.suppress(Refusal):
            assert isinstance(parse(text), Statement), text
