"""State machines: one module per kind of flow."""
