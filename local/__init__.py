"""The local home: AWS on a laptop, in one process. See README.md; started by `python -m local`, imported by nothing."""
