"""`mill models`: the versions of every model, what was measured of each, and which one is live."""

from collections.abc import Mapping
from typing import Any

from cli import screen
from cli.formats import as_table
from cli.options import on_a_platform
from cli.platform import PROJECT, Platform, options
from cli.words import moment
from lakemill import models as declared
from lakemill.learning import Model

_STATES = {"Approved": "approved", "Rejected": "not promoted", "PendingManualApproval": "waits for approval"}


@on_a_platform
def models(*, platform: Platform) -> None:
    """List the versions of every model, the newest first.

    The live version is the newest approved one: the next run has to be as good.

    Example: [bold]mill models[/]
    """
    for model in declared.declared().values():
        show(platform, model)


def show(platform: Platform, model: Model) -> None:
    """The versions of one model as a table, or how to make the first one."""
    found = versions(platform, model)
    screen.out.print(f"{model.name}: {model.description}", style="bold", soft_wrap=True)
    if not found:
        screen.out.print(f"  No version yet. Next: mill run {model.name}{options(platform)}")
        return
    live = next((each["ModelPackageVersion"] for each in found if each["ModelApprovalStatus"] == "Approved"), None)
    header = ("version", "state", "made", "run", *model.metrics)
    rows = [row(each, model=model, live=each["ModelPackageVersion"] == live) for each in found]
    screen.out.print(as_table(header, rows, right=[True, False, False, False, *[True] * len(model.metrics)]))


def row(package: Mapping[str, Any], *, model: Model, live: bool) -> tuple[str, ...]:
    """One version's cells."""
    said = package.get("CustomerMetadataProperties", {})
    state = "live" if live else _STATES.get(package["ModelApprovalStatus"], package["ModelApprovalStatus"])
    return (
        str(package["ModelPackageVersion"]),
        state,
        moment(package["CreationTime"]),
        said.get("run", ""),
        *(said.get(name, "") for name in model.metrics),
    )


def approved(platform: Platform, model: Model) -> bool:
    """Whether a version of the model may be applied."""
    return any(each["ModelApprovalStatus"] == "Approved" for each in versions(platform, model))


def versions(platform: Platform, model: Model) -> list[Mapping[str, Any]]:
    """A model's packages with all that is known of them, the newest first; none where no group was deployed."""
    from botocore.exceptions import ClientError

    sagemaker = platform.client("sagemaker")
    group = f"{PROJECT}-{platform.env}-{model.name.replace('_', '-')}"
    try:
        pages = sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending"
        )
        arns = [each["ModelPackageArn"] for page in pages for each in page["ModelPackageSummaryList"]]
    except ClientError as error:
        if "does not exist" in str(error):
            return []
        raise
    return [sagemaker.describe_model_package(ModelPackageName=arn) for arn in arns]
