"""From a model's declaration and the settings of an environment to what its flow needs."""

from lakemill import features, models
from stacks.flows.endpoint_plan import EndpointPlan
from stacks.flows.features import FeatureTable
from stacks.flows.learning import ModelPlan
from stacks.parts.model_home import ModelHome
from stacks.settings import Settings


def plan_of(name: str, *, settings: Settings, home: ModelHome) -> ModelPlan:
    """The plan of a declared model."""
    model = models.model(name)
    table = features.of(model)
    return ModelPlan(
        name=model.name,
        dataset=model.dataset,
        table=FeatureTable(
            name=table.name,
            description=table.description,
            key=model.id,
            sources=table.sources,
            query=table.query,
        ),
        curates=features.curates(model.dataset),
        features=model.features,
        group=model.group,
        mapping=model.mapping,
        metrics=model.metrics,
        gate=(model.gate.metric, model.gate.tolerance),
        hyperparameters=model.hyperparameters,
        image=model.image,
        fewest=model.fewest,
        minutes=model.minutes,
        instance=settings.training_instance,
        approve=settings.approve_models,
        endpoint=_endpoint(settings) if settings.model_endpoint != "none" else None,
        home=home,
    )


def _endpoint(settings: Settings) -> EndpointPlan:
    return EndpointPlan(
        kind=settings.model_endpoint,
        memory_mb=settings.endpoint_memory_mb,
        concurrency=settings.endpoint_concurrency,
        instance=settings.endpoint_instance,
        instances=settings.endpoint_instances,
        capture_percent=settings.endpoint_capture_percent,
        isolated=settings.endpoint_isolated,
    )
