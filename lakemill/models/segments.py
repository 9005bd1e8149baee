"""Customers of the online shop in segments: k-means over recency, frequency and monetary value."""

from lakemill.learning import Gate, Model

MODEL = Model(
    name="segments",
    description="Which customers are alike in how lately, how often and for how much they buy. Segment 1 spends least.",
    dataset="retail",
    source="customer_features",
    id="customer_id",
    features=("recency", "frequency", "monetary"),
    hyperparameters={"segments": "auto", "smallest_share": "0.05", "tolerance": "0.02", "seed": "42", "order_by": "monetary"},
    metrics={name: rf"metric {name}=(-?[0-9.]+)" for name in ("silhouette", "segments", "customers", "smallest_share")},
    gate=Gate(metric="silhouette", tolerance=0.05),
    group="segment",
    answers={"customer_id": "string", "segment": "int", "distance": "double"},
    mapping="customer_segments",
    runs="segment_runs",
)
