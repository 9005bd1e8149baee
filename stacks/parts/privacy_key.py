"""The secret under which personal data is hashed."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.parts.access import allow
from stacks.parts.keeping import fate
from stacks.parts.service_role import Permission

CHARACTERS = 64
NOT_ROTATED = (
    "Rotating it would cut the link between old and new hashes of one person; whoever wants that puts a new value in, see decision 0012."
)


class PrivacyKey(Construct):
    """A generated secret under the data key. Without it hashes cannot be compared any more, so its fate is that of data."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, erasable: bool) -> None:
        super().__init__(scope, construct_id)
        secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            description=f"{cdk.Stack.of(self).stack_name}: personal data is hashed under this",
            kms_key_id=key.key_arn,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=CHARACTERS, exclude_punctuation=True
            ),
        )
        secret.apply_removal_policy(fate(erasable=erasable))
        cdk.Validations.of(secret).acknowledge(cdk.Acknowledgment(id="AwsSolutions::AwsSolutions-SMG4", reason=NOT_ROTATED))
        self.arn = secret.attr_id

    @property
    def reading(self) -> Permission:
        """Reading the key; decryption is the data key's."""
        return allow(["secretsmanager:GetSecretValue"], on=[self.arn])
