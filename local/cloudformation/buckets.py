"""AWS::S3::Bucket whole: the emulator drops half of its properties.

Encryption, lifecycle, access logs, ownership and tags are put through the emulator's own S3 API, on creation and on
update, so that they are checked and read back as any client's would be; a property taken out of the template is taken
off the bucket. Properties the home cannot do fail the stack. A bucket with objects is not deleted, as on AWS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from local.cloudformation import bucket_settings as settings
from local.cloudformation.handlers import Made, Properties, answer, existing, refuse_others

KIND = "AWS::S3::Bucket"


@dataclass(frozen=True)
class Setting:
    """One property: its S3 operation, the request made from it, and how it is put and removed."""

    operation: str
    request: Callable[[Any, str], dict[str, Any]]
    put: Callable[[str, bytes], Any]
    remove: Callable[[str], Any]


SETTINGS = {
    "BucketEncryption": Setting(
        operation="PutBucketEncryption",
        request=lambda properties, _: settings.encryption(properties),
        put=s3._put_bucket_encryption,
        remove=s3._delete_bucket_encryption,
    ),
    "LifecycleConfiguration": Setting(
        operation="PutBucketLifecycleConfiguration",
        request=lambda properties, _: settings.lifecycle(properties),
        put=s3._put_bucket_lifecycle,
        remove=s3._delete_bucket_lifecycle,
    ),
    "LoggingConfiguration": Setting(
        operation="PutBucketLogging",
        request=lambda properties, name: settings.logging(properties, own_name=name),
        put=s3._put_bucket_logging,
        remove=lambda name: s3._bucket_logging_config.pop(name, None),
    ),
    "OwnershipControls": Setting(
        operation="PutBucketOwnershipControls",
        request=lambda properties, _: settings.ownership(properties),
        put=s3._put_bucket_ownership_controls,
        remove=s3._delete_bucket_ownership_controls,
    ),
    "Tags": Setting(
        operation="PutBucketTagging",
        request=lambda properties, _: settings.tags(properties),
        put=s3._put_bucket_tagging,
        remove=s3._delete_bucket_tagging,
    ),
}
EMULATED = frozenset(
    ("BucketName", "CorsConfiguration", "NotificationConfiguration", "PublicAccessBlockConfiguration", "VersioningConfiguration")
)


def plug_in() -> None:
    """Complete the emulator's bucket."""
    handlers = existing(KIND)
    make, change = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        _check(properties)
        name, attributes = make(logical_id, properties, stack)
        _apply(name, properties, before={})
        return name, attributes

    def update(name: str, old: Properties, new: Properties, stack: str) -> Made:
        _check(new)
        kept, attributes = change(name, old, new, stack)
        if "VersioningConfiguration" in new and new["VersioningConfiguration"]["Status"] != "Enabled":
            s3._bucket_versioning[kept] = "Suspended"
        _apply(kept, new, before=old)
        return kept, attributes

    handlers.update(create=create, update=update, delete=_delete)
    provisioners._STACK_TAG_PROPERTY[KIND] = ("Tags", "list")


def _check(properties: Properties) -> None:
    # `Private` is what every bucket is; the CDK's bootstrap template says so aloud.
    asked = {name: value for name, value in properties.items() if (name, value) != ("AccessControl", "Private")}
    refuse_others(KIND, asked, known=EMULATED | frozenset(SETTINGS))


def _apply(name: str, properties: Properties, *, before: Properties) -> None:
    for key, setting in SETTINGS.items():
        if properties.get(key):
            answer(setting.put(name, settings.body(setting.operation, setting.request(properties[key], name))))
        elif before.get(key):
            setting.remove(name)


def _delete(name: str, _properties: Properties) -> None:
    if name in s3._buckets:
        answer(s3._delete_bucket(name))
