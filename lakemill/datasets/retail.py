"""Online retail: the lines of a web shop's invoices, as two editions of a public file spell them. Kept in Keyspaces."""

from lakemill.declare import Column, Rule, Type
from lakemill.wide import WideDataset

# What the shop books under a stock code and nobody can take home: postage, fees, discounts, samples, vouchers, corrections.
_NO_PRODUCTS = (
    "AMAZONFEE", "B", "BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "PADS", "POST", "S", "m",
)  # fmt: skip

DATASET = WideDataset(
    name="retail",
    description="Invoice lines of an online shop, cancellations and corrections included.",
    flow="segments",
    table="online_retail",
    together=("invoice",),
    columns=(
        Column(name="invoice", source="Invoice", required=True, description="number; C before it cancels, A corrects the books"),
        Column(name="stock_code", source="StockCode", required=True, description="what was sold, or what else was booked"),
        Column(name="description", source="Description", description="name of the product; may be a remark"),
        Column(name="quantity", source="Quantity", type=Type.INTEGER, required=True, description="pieces; negative when they came back"),
        Column(
            name="invoiced_at", source="InvoiceDate", type=Type.TIMESTAMP, format="yyyy-MM-dd HH:mm:ss", required=True,
            description="local time of the invoice",
        ),
        Column(name="price", source="Price", type=Type.DECIMAL, required=True, description="of one piece, in pounds"),
        Column(name="customer_id", source="Customer ID", description="the shop's number of the customer; a quarter of the lines has none"),
        Column(name="country", source="Country", description="where the customer lives"),
    ),
    headers={"invoice": ("InvoiceNo",), "price": ("UnitPrice",), "customer_id": ("CustomerID",)},
    formats={"invoiced_at": ("%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S")},
    ids=("customer_id", "invoice", "stock_code"),
    rules=(
        Rule(name="cancelled", check="not invoice like 'C%'", on_failure="warn"),
        Rule(name="adjusted", check="not invoice like 'A%'", on_failure="warn"),
        Rule(name="returned", check="quantity > 0", on_failure="warn"),
        Rule(name="given_away", check="price > 0", on_failure="warn"),
        Rule(
            name="no_product",
            check=f"stock_code not in ({', '.join(repr(code) for code in _NO_PRODUCTS)}) and not stock_code like 'gift%'",
            on_failure="warn",
        ),
    ),
)  # fmt: skip
