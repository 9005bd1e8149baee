"""What a run uses, in units that AWS bills, and what that costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.cost.prices import prices

DPUS = {"G.025X": 0.25, "G.1X": 1, "G.2X": 2, "G.4X": 4, "G.8X": 8}
NOT_COUNTED = "Not counted: requests to S3, KMS and Keyspaces, logs, notices by e-mail, and what is stored."


@dataclass(frozen=True, kw_only=True)
class JobUse:
    """One run of a Glue job or crawler, or of a job of SageMaker: its DPUs or instances and the seconds it ran."""

    name: str
    dpus: float
    seconds: float
    price: str = "dpu_hour"

    @property
    def line(self) -> tuple[str, str, float]:
        """What, how much of it, and USD."""
        service = prices()[self.price].service
        unit = self.price if service == "SageMaker" else "DPU"
        return f"{service} {self.name}", f"{self.dpus:g} {unit}, {self.seconds:.0f} s", self.usd

    @property
    def usd(self) -> float:
        """By the second, and never for less than the minimum."""
        price = prices()[self.price]
        return self.dpus * max(self.seconds, price.minimum_seconds) / 3600 * price.usd


@dataclass(frozen=True, kw_only=True)
class Use:
    """All of a run: jobs, state transitions, bytes scanned by each query, notices."""

    jobs: Sequence[JobUse]
    transitions: int
    scanned: Sequence[int]
    notices: int

    @property
    def lines(self) -> list[tuple[str, str, float]]:
        """What, how much of it, and USD."""
        table = prices()
        athena = sum(max(each, table["athena_byte"].minimum_bytes) for each in self.scanned) * table["athena_byte"].usd
        return [
            *(each.line for each in self.jobs),
            ("Step Functions", f"{self.transitions} transitions", self.transitions * table["transition"].usd),
            ("Athena", f"{len(self.scanned)} queries, {sum(self.scanned):,} bytes", athena),
            ("SNS", f"{self.notices} notices", self.notices * table["notice"].usd),
        ]

    @property
    def usd(self) -> float:
        """The sum of all lines."""
        return sum(usd for _, _, usd in self.lines)


def dpus(worker_type: str, *, workers: float) -> float:
    """The DPUs of a job's workers."""
    return DPUS[worker_type] * workers
