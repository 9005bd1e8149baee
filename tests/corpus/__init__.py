"""The input corpus: files of every kind that may arrive, each with what must become of it."""
