"""What the emulator reads from environment variables when it is imported: set here, before anything imports it."""

import os
import secrets
import string
import tempfile

from local.folder import Folder, read_private, write_private

REGION = "eu-west-1"
ACCOUNT = "000000000000"


def prepare(folder: Folder, *, port: int, root: dict[str, str]) -> None:
    """Make this process's environment that of the home in `folder`.

    The caller's AWS variables are forgotten. The root key's id stays out of the environment: no SDK in this process
    can find credentials by itself, so nothing acts as root by accident.
    """
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AUTH": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder.objects),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "HOME_ENGINE_NOTES": str(folder.engines),
        "TMPDIR": str(folder.temporary),
        "DOCKER_HOST": "unix:///nonexistent",
        "AWS_SECRET_ACCESS_KEY": root["secret_access_key"],
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    tempfile.tempdir = None


def root_key(folder: Folder) -> dict[str, str]:
    """This home's root key, made at its first start. CDK's command line remembers a key's account: so it is never reused."""
    kept = read_private(folder.root).get("root")
    if kept:
        return dict(kept)
    letters = string.ascii_uppercase + "234567"
    made = {"access_key_id": "AKIA" + "".join(secrets.choice(letters) for _ in range(16)), "secret_access_key": secrets.token_urlsafe(30)}
    write_private(folder.root, {"root": made})
    return made
