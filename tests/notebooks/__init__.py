"""The notebooks as they stand in the repository. Executed they are in tests/flows."""
