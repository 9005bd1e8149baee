"""AWS::SNS::Topic with its key, which the emulator drops: who publishes to the topic needs the key's leave, too."""

from ministack.services import sns

from local.cloudformation.handlers import Made, Properties, existing

KEY = "KmsMasterKeyId"


def plug_in() -> None:
    """Complete the emulator's topic."""
    handlers = existing("AWS::SNS::Topic")
    make, change = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        return _under_its_key(make(logical_id, properties, stack), properties)

    def update(name: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None) -> Made:
        return _under_its_key(change(name, old, new, stack, logical_id), new)

    handlers.update(create=create, update=update)


def _under_its_key(made: Made, properties: Properties) -> Made:
    attributes = sns._topics[made[0]]["attributes"]
    attributes.pop(KEY, None)
    if properties.get(KEY):
        attributes[KEY] = properties[KEY]
    return made
