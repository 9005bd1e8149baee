"""IAM at home: what the emulator gets wrong about who may do what, put right. Each file explains its part."""

from local.iam import actions, denials, keyspaces_resources, resources, root, transport, wildcards


def plug_in(root_key: str) -> None:
    """Put AWS's resource ARNs, the one root key, the TLS origin, patterns that know line ends and readable denials in place."""
    root.plug_in(root_key)
    transport.plug_in()
    wildcards.plug_in()
    resources.plug_in()
    actions.plug_in()
    actions.asked_instead.update(keyspaces_resources.ACTION_OF)
    denials.plug_in()
