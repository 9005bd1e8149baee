"""`features_polars.py TARGET RUNS FILE…`: the features in polars, from Parquet to Parquet, by the rules of customer_features.sql."""

import json
import sys
import time
from typing import Any

import polars as pl  # type: ignore[import-not-found, unused-ignore]  # installed by features.py alone

MARKS = ["cancelled", "adjusted", "returned", "given_away"]
FIFTHS = (0.2, 0.4, 0.6, 0.8)


def main() -> None:
    """One line of JSON: the seconds of each run, and what came out."""
    spent = []
    for _ in range(int(sys.argv[2])):
        began = time.perf_counter()
        found = features(sys.argv[3:])
        found.write_parquet(sys.argv[1], compression="zstd")
        spent.append(time.perf_counter() - began)
    print(json.dumps({"seconds": spent, "customers": found.height, "monetary": float(found["monetary"].sum())}))


def features(files: list[str]) -> Any:
    """A row per customer with three values and three scores."""
    marks = pl.col("warnings").fill_null("").str.split(",").list.set_intersection(MARKS).list.len()
    sold = pl.scan_parquet(files).filter(pl.col("customer_id").is_not_null() & (marks == 0))
    customers = sold.group_by("customer_id").agg(
        pl.col("invoiced_at").max().alias("last"),
        pl.col("invoice").n_unique().alias("frequency"),
        (pl.col("quantity") * pl.col("price")).sum().alias("monetary"),
    )
    table = customers.collect().sort("frequency", "customer_id").with_row_index("place", offset=1)
    today = table["last"].max().date()
    table = table.with_columns((pl.lit(today) - pl.col("last").dt.date()).dt.total_days().alias("days") + 1)
    return table.with_columns(
        (5 - _above(table, "days")).alias("recency_score"),
        (1 + _above(table, "place")).alias("frequency_score"),
        (1 + _above(table, "monetary")).alias("monetary_score"),
    )


def _above(table: Any, name: str) -> Any:
    """How many of the fifths' edges a value is above."""
    value = pl.col(name).cast(pl.Float64)
    return sum((value > table[name].cast(pl.Float64).quantile(edge, "linear")).cast(pl.Int8) for edge in FIFTHS)


if __name__ == "__main__":
    main()
