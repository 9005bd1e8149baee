"""Settings are checked before anything is built, and a refusal says what to write instead."""

import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import LOG_DAYS, SettingError, Settings, from_values
from tests.templates.reading import Platform

GOOD = {
    "keep_data": False, "log_days": 14, "result_days": 7, "quarantine_days": 90, "key_waiting_days": 7, "scan_limit_mb": 2048,
    "worker_type": "G.1X", "workers": 2, "job_minutes": 30, "schedule": "", "notice_email": "",
    "schema_policy": "additive", "max_quarantine_percent": 20,
    "late_hours": 0,
}  # fmt: skip


def settings(**changes: object) -> Settings:
    return from_values(env="dev", erase_key="", values={**GOOD, **changes})


REFUSED: list[tuple[str, object, str]] = [
    ("keep_data", "no", "one of True, False"),
    ("keep_data", 0, "one of True, False"),
    ("log_days", 15, "one of 1, 3, 5, 7, 14, 30"),
    ("raw_ia_days", 29, "a whole number from 30 to 3650"),
    ("raw_ia_days", "60", "a whole number from 30 to 3650"),
    ("raw_glacier_days", 89, "at least raw_ia_days + 30 = 90"),
    ("old_version_days", 0, "a whole number from 1 to 365"),
    ("result_days", 0, "a whole number from 1 to 3650"),
    ("quarantine_days", True, "a whole number from 1 to 3650"),
    ("key_waiting_days", 6, "a whole number from 7 to 30"),
    ("scan_limit_mb", 9, "a whole number from 10 to 7000000"),
    ("worker_type", "G1X", "one of G.025X, G.1X"),
    ("workers", 1, "a whole number from 2 to 299"),
    ("job_minutes", 4, "a whole number from 5 to 2880"),
    ("schedule", "daily", "six cron fields"),
    ("lake_formation", "on", "one of ignore, grant"),
    ("notice_email", "nobody", "an e-mail address"),
    ("schema_policy", "lax", "one of additive, strict"),
    ("max_quarantine_percent", 101, "a whole number from 0 to 100"),
    ("late_hours", 169, "a whole number from 0 to 168"),
    ("arrival_seconds", 19, "0 (off) or a whole number from 20 to 300"),
    ("arrival_seconds", 301, "0 (off) or a whole number from 20 to 300"),
    ("arrival_seconds", False, "0 (off) or a whole number from 20 to 300"),
    ("maintenance_schedule", "nightly", "six cron fields"),
    ("snapshot_days", 0, "a whole number from 1 to 3650"),
    ("min_snapshots", 0, "a whole number from 1 to 1000"),
    ("orphan_days", 2, "a whole number from 3 to 365"),
    ("crawl_schedule", "nightly", "six cron fields"),
    ("monthly_budget_usd", -1, "a whole number from 0 to 1000000"),
    ("segments", 1, "one of True, False"),
    ("approve_models", "yes", "one of True, False"),
    ("training_instance", "ml.p5.48xlarge", "one of ml.m5.large"),
    ("model_endpoint", "on", "one of none, serverless, instance"),
    ("endpoint_memory_mb", 2000, "one of 1024, 2048, 3072, 4096, 5120, 6144"),
    ("endpoint_concurrency", 0, "a whole number from 1 to 200"),
    ("endpoint_instance", "ml.p5.48xlarge", "one of ml.t2.medium, ml.m5.large"),
    ("endpoint_instances", 0, "a whole number from 1 to 10"),
    ("endpoint_capture_percent", 101, "a whole number from 0 to 100"),
    ("endpoint_isolated", "no", "one of True, False"),
]


@pytest.mark.parametrize(("field", "value", "allowed"), REFUSED)
def test_an_invalid_setting_is_refused_with_field_value_and_allowed_values(field: str, value: object, allowed: str) -> None:
    with pytest.raises(SettingError) as refusal:
        settings(**{field: value})
    assert f"environment 'dev': {field} is {value!r}; allowed is {allowed}" in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"endpoint_isolated": True}, "endpoint_isolated is True; allowed is False where model_endpoint is 'serverless', as AWS has no"),
        (
            {"endpoint_capture_percent": 5},
            "endpoint_capture_percent is 5; allowed is 0 where model_endpoint is 'serverless', as AWS captures",
        ),
        ({"segments": False}, "model_endpoint is 'serverless'; allowed is none where segments is False, as there is no model to serve"),
    ],
)
def test_a_combination_that_aws_refuses_is_refused_with_the_reason(changes: dict[str, object], said: str) -> None:
    good: dict[str, object] = {"segments": True, "model_endpoint": "serverless", "endpoint_isolated": False}
    assert settings(**good).model_endpoint == "serverless"
    assert settings(**{**good, "model_endpoint": "instance", "endpoint_isolated": True, "endpoint_capture_percent": 5})
    with pytest.raises(SettingError) as refusal:
        settings(**{**good, **changes})
    assert f"environment 'dev': {said}" in str(refusal.value)


def test_every_setting_has_a_refusal_above_or_is_a_name() -> None:
    assert {field for field, _, _ in REFUSED} | {"env", "erase_key"} == {each.name for each in fields(Settings)}


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match=r"log_day is 14; allowed is one of the fields .*log_days"):
        settings(log_day=14)


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(SettingError, match=r"environment 'dev': workers missing"):
        from_values(env="dev", erase_key="", values={name: value for name, value in GOOD.items() if name != "workers"})


def test_settings_do_not_change_after_they_were_checked() -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(settings(), "log_days", 1)  # noqa: B010 (mypy knows better than to let this be written)


def test_raw_cools_at_60_and_180_days_unless_an_environment_says_otherwise() -> None:
    assert (settings().raw_ia_days, settings().raw_glacier_days) == (60, 180)


@pytest.mark.parametrize("option", ["env", "erase"])
def test_an_unknown_environment_fails_the_synthesis_and_names_the_known_ones(synth: Callable[..., Platform], option: str) -> None:
    with pytest.raises(SettingError, match=rf"-c {option}=test: no such environment in cdk.json; allowed is one of dev, prod"):
        synth(**{option: "test"})


def test_without_the_context_of_cdk_json_the_way_to_run_is_named(app_of: Callable[..., Any]) -> None:
    with pytest.raises(SettingError, match="run through `cdk`"):
        app_of(environments={})


def test_an_invalid_value_in_cdk_json_fails_the_synthesis(app_of: Callable[..., Any]) -> None:
    with pytest.raises(SettingError, match="environment 'dev': log_days is 15"):
        app_of(environments={"dev": {**GOOD, "log_days": 15}})


def test_dev_is_the_default_environment(dev: Platform, prod: Platform) -> None:
    assert (dev.env, prod.env) == ("dev", "prod")


def test_logs_are_kept_for_as_many_days_as_is_allowed_to_say(tmp_path: Path) -> None:
    """The CDK takes names for days, so a day that is allowed and has no name, or the wrong one, would be seen by its user only."""
    import aws_cdk as cdk
    from aws_cdk import aws_kms as kms

    from stacks.parts.encrypted_logs import EncryptedLogs

    app = cdk.App(outdir=str(tmp_path))
    stack = cdk.Stack(app, "Logs")
    key = kms.Key(stack, "Key")
    for days in LOG_DAYS:
        EncryptedLogs(stack, f"Kept{days}", key=key, days=days)
    resources = json.loads((Path(app.synth().directory) / "Logs.template.json").read_text())["Resources"].values()
    assert [each["Properties"]["RetentionInDays"] for each in resources if each["Type"] == "AWS::Logs::LogGroup"] == list(LOG_DAYS)
