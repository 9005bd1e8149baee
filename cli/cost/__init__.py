"""What the platform costs: while nothing runs (`idle`), and for one run."""

from cli.cost.idle import Idle, Part, StageCost, idle
from cli.cost.templates import deployed, synthesized

__all__ = ["Idle", "Part", "StageCost", "deployed", "idle", "synthesized"]
