"""Which account holds SageMaker's framework images, by region: a template knows its region only when it is deployed."""

import aws_cdk as cdk
from constructs import Construct

from stacks.parts.here import PARTITION, REGION

# Of scikit-learn's images, from image_uri_config/sklearn.json of aws/sagemaker-python-sdk.
ACCOUNTS = {
    "af-south-1": "510948584623", "ap-east-1": "651117190479", "ap-northeast-1": "354813040037", "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886", "ap-south-1": "720646828776", "ap-south-2": "628508329040", "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285", "ap-southeast-3": "951798379941", "ap-southeast-4": "106583098589", "ca-central-1": "341280168497",
    "cn-north-1": "450853457545", "cn-northwest-1": "451049120500", "eu-central-1": "492215442770", "eu-central-2": "680994064768",
    "eu-north-1": "662702820516", "eu-south-1": "978288397137", "eu-south-2": "104374241257", "eu-west-1": "141502667606",
    "eu-west-2": "764974769150", "eu-west-3": "659782779980", "me-central-1": "272398656194", "me-south-1": "801668240914",
    "sa-east-1": "737474898029", "us-east-1": "683313688378", "us-east-2": "257758044811", "us-gov-east-1": "237065988967",
    "us-gov-west-1": "414596584902", "us-west-1": "746614075791", "us-west-2": "246618743249",
}  # fmt: skip


class Images(Construct):
    """The addresses of framework images in the region of deployment."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        table = {region: {"account": account} for region, account in ACCOUNTS.items()}
        self._account = cdk.CfnMapping(self, "Accounts", mapping=table).find_in_map(REGION, "account")

    def address(self, image: str) -> str:
        """The address of an image such as sagemaker-scikit-learn:1.9-0-cpu-py3."""
        return f"{self._account}.dkr.ecr.{REGION}.{cdk.Aws.URL_SUFFIX}/{image}"

    def repository(self, image: str) -> str:
        """The ARN of the repository that the image is pulled from."""
        return f"arn:{PARTITION}:ecr:{REGION}:{self._account}:repository/{image.partition(':')[0]}"
