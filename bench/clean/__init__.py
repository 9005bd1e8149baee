"""The clean job against a DuckDB script that does the same list of things, on the same files."""
