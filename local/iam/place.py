"""Where an ARN lives: the region and the account."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """The region and account of a request."""

    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of `resource` of `service` here."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
