"""Invoice lines of an online shop as both editions of the public file write them, quirks included, with customers worth telling apart.

Quirks: two families of headers, three styles of dates, a mark of byte order, customers as 17850.0, a file in latin-1, cancelled and
corrected invoices, postage among the products, a quarter of the lines without a customer, and one product twice on an invoice.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from lakemill.samples.planted import Planted

FIRST = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
SECOND = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country")
STYLES = ("{0.month}/{0.day}/{0:%y} {0.hour}:{0:%M}", "{0:%m/%d/%Y %H:%M}", "{0:%Y-%m-%d %H:%M:%S}")
BEGIN, DAYS = datetime(2024, 1, 2, 8), 364
FAULTS = (
    ("not_a_timestamp:invoiced_at", "impossible dates", 4, "2/30/2024 10:00"),
    ("not_a_number:quantity", "quantities in letters", 3, "a dozen"),
    ("missing:price", "missing prices", 5, ""),
)  # reason, what it is, the spot in the row, the value there
# Who they are, their share of the customers, their invoices, how many days ago the last one was, and pieces on a line.
KINDS = (
    ("regulars", 0.15, (10, 30), (0, 20), (10, 60)),
    ("occasional", 0.35, (2, 6), (10, 90), (4, 16)),
    ("newcomers", 0.20, (1, 2), (0, 30), (1, 8)),
    ("lapsed", 0.30, (1, 3), (180, 360), (1, 10)),
)
COUNTRIES = ("United Kingdom", "United Kingdom", "United Kingdom", "France", "Germany", "EIRE")


@dataclass(frozen=True, slots=True)
class Invoice:
    """Who bought when, and about how much on each line."""

    moment: datetime
    customer: str
    country: str
    pieces: tuple[int, int]


def write(folder: Path, *, rows: int, files: int, seed: int) -> Planted:
    """Files of consecutive times; `rows` lines in all, faults included. The first half of the files has the older headers."""
    random = Random(seed)
    invoices = _invoices(random, number=max(files, rows // 20))
    paths, refused = [], Counter[str]()
    for number in range(files):
        size = rows // files + (number < rows % files)
        faults = FAULTS[: size // 10]
        own = invoices[len(invoices) * number // files : len(invoices) * (number + 1) // files]
        first = 536365 + len(invoices) * number // files
        lines = list(_lines(random, own, size=size - len(faults), first=first, style=STYLES[number % len(STYLES)]))
        lines += [_broken(random.choice(lines), *fault[2:]) for fault in faults]
        refused.update(reason for reason, *_ in faults)
        paths.append(_written(folder / f"online-retail-{number + 1:02}.csv", lines, number=number, files=files))
    effects = (
        ", ".join(f"{refused[reason]:,} {what}" for reason, what, *_ in FAULTS),
        "four kinds of customers: " + ", ".join(name for name, *_ in KINDS),
        "one invoice in fifty is cancelled, one in five hundred corrects the books",
    )
    return Planted(files=tuple(paths), rows=rows, refused=dict(refused), effects=effects)


def _invoices(random: Random, *, number: int) -> list[Invoice]:
    end = BEGIN + timedelta(days=DAYS)
    made: list[Invoice] = []
    customer = 12346
    while len(made) < number:
        _, _, times, last, pieces = random.choices(KINDS, weights=[kind[1] for kind in KINDS])[0]
        country = random.choice(COUNTRIES)
        latest = end - timedelta(days=random.randint(*last), minutes=random.randint(0, 600))
        span = max(1, (latest - BEGIN).days)
        for turn in range(random.randint(*times)):
            back = timedelta(days=random.randint(0, span) if turn else 0, minutes=random.randint(0, 500))
            made.append(Invoice(max(BEGIN, latest - back), str(customer), country, pieces))
        customer += 1
    return sorted(made[:number], key=lambda each: (each.moment, each.customer))


def _lines(random: Random, invoices: list[Invoice], *, size: int, first: int, style: str) -> Iterator[list[str]]:
    sizes = Counter(random.randrange(len(invoices)) for _ in range(size - len(invoices))) if size > len(invoices) else Counter[int]()
    for place, invoice in enumerate(invoices[:size]):
        kind = random.random()
        sign, letter = (-1, "C") if kind < 0.02 else (1, "A") if kind < 0.022 else (1, "")
        customer = "" if random.random() < 0.25 or letter == "A" else invoice.customer
        moment = style.format(invoice.moment)
        for turn in range(1 + sizes[place]):
            code, name, price = _product(random) if turn or letter else ("POST", "POSTAGE", "18.00")
            quantity = str(sign * random.randint(*invoice.pieces))
            yield [f"{letter}{first + place}", code, name, quantity, moment, price, customer, invoice.country]


def _product(random: Random) -> tuple[str, str, str]:
    number = int(random.random() ** 2 * 900)
    name = ("CAFÉ SIGN" if number % 90 == 7 else "HEART HOLDER, WHITE" if number % 10 == 3 else "LUNCH BAG") + f" No {number}"
    return f"{20000 + number}{'ABC'[number % 3] if number % 5 == 0 else ''}", name, f"{0.39 + number % 40 * 0.35:.2f}"


def _broken(line: list[str], spot: int, value: str) -> list[str]:
    return [*line[:spot], value, *line[spot + 1 :]]


def _written(path: Path, lines: list[list[str]], *, number: int, files: int) -> Path:
    newer = number >= files // 2 or files == 1
    if newer:
        lines = [[*line[:6], f"{line[6]}.0" if line[6] else "", line[7]] for line in lines]
    text = "\r\n".join([",".join(SECOND if newer else FIRST), *(",".join(map(_quoted, line)) for line in lines), ""])
    last = files > 1 and number == files - 1
    path.write_text(text, encoding="latin-1" if last else "utf-8-sig" if newer else "utf-8", newline="")
    return path


def _quoted(text: str) -> str:
    return f'"{text}"' if "," in text else text
