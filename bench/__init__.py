"""What docs/benchmarks.md states, measured again: pairs side by side in one run, on this machine."""
