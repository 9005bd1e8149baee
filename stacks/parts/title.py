"""Names of constructs and outputs from names of datasets and flows."""


def title(name: str) -> str:
    """`coffee_orders` as CoffeeOrders."""
    return "".join(word.capitalize() for word in name.split("_"))
