"""What is deployed: one module per stage, in the order storage, catalog, process, query, flows."""
