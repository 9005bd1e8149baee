"""AWS::Budgets::Budget is kept with its stack only: a home costs nothing, so there is nothing to count and nobody to tell.

What AWS asks of a budget is asked here, too: a type, a period and, for costs in every period, a limit above nothing in a currency.
"""

from ministack.services.cloudformation import provisioners

from local.cloudformation.handlers import Made, Properties, add

KIND = "AWS::Budgets::Budget"
TYPES = ("COST", "RI_COVERAGE", "RI_UTILIZATION", "SAVINGS_PLANS_COVERAGE", "SAVINGS_PLANS_UTILIZATION", "USAGE")
PERIODS = ("ANNUALLY", "CUSTOM", "DAILY", "MONTHLY", "QUARTERLY")


def plug_in() -> None:
    """Add the type."""
    add(KIND, create=_create, delete=_delete)


def _create(logical_id: str, properties: Properties, stack: str) -> Made:
    budget = properties.get("Budget", {})
    limit = budget.get("BudgetLimit", {})
    for name, allowed in (("BudgetType", TYPES), ("TimeUnit", PERIODS)):
        if budget.get(name) not in allowed:
            raise ValueError(f"{KIND}: {name} is {budget.get(name)!r}; allowed is one of {', '.join(allowed)}")
    if limit and not (float(limit.get("Amount", 0)) > 0 and limit.get("Unit")):
        raise ValueError(f"{KIND}: BudgetLimit is {limit!r}; it takes an Amount above 0 and a Unit")
    return budget.get("BudgetName") or provisioners._physical_name(stack, logical_id, max_len=100), {}


def _delete(_name: str, _properties: Properties) -> None:
    """Nothing is left of it."""
