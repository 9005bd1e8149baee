"""Constructs named by their role. They get values and objects by keyword and know neither settings nor stages."""
