"""The platform, stage by stage in the order data flows. `cdk` runs this file; tests call `build`."""

import gc
import os
import sys

if __name__ == "__main__":
    gc.disable()  # a synthesis ends in seconds; looking for garbage meanwhile is a tenth of Python's part or more

import aws_cdk as cdk

from stacks import settings
from stacks.catalog import Catalog
from stacks.flows_stage import Flows
from stacks.observe import Observe
from stacks.process import Process
from stacks.query import Query
from stacks.storage import Storage


def build(app: cdk.App) -> cdk.App:
    """Adds every stage of the environment chosen by the app's context; `cdk` supplies account and region, which templates never name."""
    chosen = settings.read(app.node)
    storage = Storage(app, settings=chosen)
    catalog = Catalog(app, settings=chosen, storage=storage)
    process = Process(app, settings=chosen, storage=storage, catalog=catalog)
    query = Query(app, settings=chosen, storage=storage, catalog=catalog)
    train = None
    if chosen.segments:
        from stacks.train import Train  # few environments learn, and SageMaker's and Keyspaces' constructs take long to import

        train = Train(app, settings=chosen, storage=storage, catalog=catalog, process=process)
    flows = Flows(app, settings=chosen, storage=storage, process=process, query=query, train=train)
    Observe(app, settings=chosen, process=process, flows=flows, train=train)
    return app


def check(app: cdk.App) -> cdk.App:
    """Lets cdk-nag's AwsSolutions rules read the templates: an open finding fails the synthesis."""
    import cdk_nag

    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    return app


if __name__ == "__main__":
    try:
        platform = build(cdk.App())
    except (ValueError, FileNotFoundError) as error:
        if type(error) in (ValueError, FileNotFoundError):
            raise
        sys.exit(f"Error: {error}")  # of a setting, a declaration, a question or an asset: each says what to do
    if os.environ.get("CDK_VALIDATION") != "false":  # the CDK's own switch turns off its validator; ours goes with it
        check(platform)
    platform.synth()
