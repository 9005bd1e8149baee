"""Call detail records as the exchange of the public mock data writes them, quirks included, with effects worth finding.

Quirks: CRLF, unsorted, minutes only, called number = calling number, disconnect = start + duration in minutes, leading
zeros, both transit carriers equal to the carriers, no calls on a month's last day. The first eighth of the files, and at
least one of several, has the older form of eleven columns.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from lakemill.samples.planted import Planted

OLDER = (
    "start_datetime", "translated_calling_number", "translated_called_number", "connect_datetime", "disconnect_datetime",
    "charged_duration", "originating_carrier_id", "originating_transit_carrier_id", "terminating_carrier_id",
    "terminating_transit_carrier_id", "call_direction",
)  # fmt: skip
HEADER = (*OLDER, "service_type", "release_cause_number", "sip_response")
FIRST_YEAR = 2022
BUSY_HOUR = 18
BAD_CARRIER = 7
SHORT = 20
FAULTS = (
    ("not_a_timestamp:start_datetime", "impossible dates", 0, "31-02-2022 10:00"),
    ("missing:translated_calling_number", "missing callers", 1, ""),
    ("not_a_number:charged_duration", "durations in letters", 5, "a minute"),
    ("rule:disconnects_after_connect", "disconnects before their connect", 4, "01-01-2020 00:00"),
)  # reason, what it is, the spot in the row, the value there
DUPLICATES = 3


def write(folder: Path, *, rows: int, files: int, seed: int) -> Planted:
    """Monthly files from January 2022 on (the public files end in 2021); `rows` in all, faults and duplicates included.

    A file has one row of each of `FAULTS` and `DUPLICATES` rows twice, fewer if it has less than 40 rows.
    """
    random = Random(seed)
    older = max(files // 8, files > 1)
    evening = _first_day(files - 1 - files // 4) + timedelta(days=9)
    paths, refused, duplicates = [], Counter[str](), 0
    for month in range(files):
        size = rows // files + (month < rows % files)
        faults, twice = FAULTS[: size // 10], min(DUPLICATES, size // 10)
        width = len(OLDER) if month < older else len(HEADER)
        lines = [",".join(call[:width]) for call in _calls(random, month=month, count=size - len(faults) - twice, evening=evening)]
        lines += [*random.sample(lines, twice), *(_broken(line, *fault[2:]) for line, fault in zip(lines, faults, strict=False))]
        random.shuffle(lines)
        start = _first_day(month)
        path = folder / f"call-detail-records-{start:%Y-%m}.csv"
        path.write_text("\r\n".join([",".join(HEADER[:width]), *lines, ""]), encoding="utf-8", newline="")
        paths.append(path)
        refused.update(reason for reason, *_ in faults)
        duplicates += twice
    effects = (
        ", ".join(f"{refused[reason]:,} {what}" for reason, what, *_ in FAULTS),
        f"twice the calls between {BUSY_HOUR}:00 and {BUSY_HOUR + 1}:00",
        f"carrier {BAD_CARRIER} fails most calls on the evening of {evening:%Y-%m-%d}",
        "calls of 20 seconds or less end in errors far more often",
    )
    return Planted(files=tuple(paths), rows=rows, duplicates=duplicates, refused=dict(refused), effects=effects)


def _first_day(month: int) -> datetime:
    return datetime(FIRST_YEAR + month // 12, month % 12 + 1, 1)


def _calls(random: Random, *, month: int, count: int, evening: datetime) -> Iterator[tuple[str, ...]]:
    clock = _Clock(month)
    storm = (evening - clock.first).days if clock.first <= evening < clock.end else None
    for _ in range(count):
        redial = storm is not None and random.random() < 0.01
        minute = storm * 1440 + 1080 + int(random.random() * 300) if redial and storm is not None else clock.minute(random)
        carrier = str(BAD_CARRIER if redial else int(random.random() * 10))
        duration = int(random.random() * 100)
        failing = redial or (storm is not None and carrier == str(BAD_CARRIER) and storm * 1440 + 1080 <= minute < storm * 1440 + 1440)
        error = random.random() < (0.9 if failing else 0.8 if duration <= SHORT else 0.3)
        number = f"{int(random.random() * 10**13):013d}"
        other = str(int(random.random() * 10))
        yield (
            clock.text(minute), number, number, clock.text(minute + (random.random() < 1 / 60)), clock.text(minute + duration),
            str(duration), carrier, carrier, other, other, "12"[random.random() < 0.5], "123"[int(random.random() * 3)],
            random.choice(("17", "18", "18", "21")) if error else "16", random.choice(("300", "404", "500")) if error else "200",
        )  # fmt: skip


class _Clock:
    """One month's minutes, and their text."""

    def __init__(self, month: int) -> None:
        self.first, self.end = _first_day(month), _first_day(month + 1)
        self._days = [f"{self.first + timedelta(days=day):%d-%m-%Y}" for day in range((self.end - self.first).days + 1)]
        self._times = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(1440)]

    def minute(self, random: Random) -> int:
        """A minute before the last day; the busy hour has a second share."""
        day = int(random.random() * (len(self._days) - 2))
        within = BUSY_HOUR * 60 + int(random.random() * 60) if random.random() < 1 / 24 else int(random.random() * 1440)
        return day * 1440 + within

    def text(self, minute: int) -> str:
        return f"{self._days[minute // 1440]} {self._times[minute % 1440]}"


def _broken(line: str, spot: int, value: str) -> str:
    """The row with another value at a spot."""
    fields = line.split(",")
    return ",".join([*fields[:spot], value, *fields[spot + 1 :]])
