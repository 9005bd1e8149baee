"""A place for objects: what those who read or write there need to know. Answers are kept, as each asks the CDK's process."""

from dataclasses import dataclass
from functools import cached_property

from aws_cdk import aws_s3 as s3


@dataclass(frozen=True)
class Place:
    """The objects of a bucket whose keys begin with `prefix` (empty: all)."""

    bucket: s3.IBucket
    prefix: str = ""

    @cached_property
    def url(self) -> str:
        """The place as s3://bucket/prefix."""
        return self.bucket.s3_url_for_object(self.prefix)

    @cached_property
    def objects(self) -> str:
        """The ARN of every object there."""
        return self.bucket.arn_for_objects(f"{self.prefix}*")
