"""The pages of docs/guide, executed as they stand."""
