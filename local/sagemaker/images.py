"""Which images the home can stand for: the scikit-learn framework's, in the version that is installed here.

Built-in algorithms (k-means, random cut forest and so on) are closed images: nobody can run them but AWS.
"""

import re
from importlib.metadata import version

from ministack.core.responses import get_region

from local.sagemaker.answers import Refused, not_at_home

OFFERED = ("numpy", "scipy", "scikit-learn", "pyarrow", "boto3")
REPOSITORY = "sagemaker-scikit-learn"
CLOSED = {
    "blazingtext", "factorization-machines", "forecasting-deepar", "image-classification", "ipinsights", "kmeans", "knn", "lda",
    "linear-learner", "ntm", "object-detection", "object2vec", "pca", "randomcutforest", "semantic-segmentation", "seq2seq",
}  # fmt: skip
# The accounts that hold the framework's images (aws/sagemaker-python-sdk, image_uri_config/sklearn.json).
ACCOUNTS = {
    "af-south-1": "510948584623", "ap-east-1": "651117190479", "ap-northeast-1": "354813040037", "ap-northeast-2": "366743142698",
    "ap-northeast-3": "867004704886", "ap-south-1": "720646828776", "ap-south-2": "628508329040", "ap-southeast-1": "121021644041",
    "ap-southeast-2": "783357654285", "ap-southeast-3": "951798379941", "ap-southeast-4": "106583098589", "ca-central-1": "341280168497",
    "cn-north-1": "450853457545", "cn-northwest-1": "451049120500", "eu-central-1": "492215442770", "eu-central-2": "680994064768",
    "eu-north-1": "662702820516", "eu-south-1": "978288397137", "eu-south-2": "104374241257", "eu-west-1": "141502667606",
    "eu-west-2": "764974769150", "eu-west-3": "659782779980", "me-central-1": "272398656194", "me-south-1": "801668240914",
    "sa-east-1": "737474898029", "us-east-1": "683313688378", "us-east-2": "257758044811", "us-gov-east-1": "237065988967",
    "us-gov-west-1": "414596584902", "us-iso-east-1": "833128469047", "us-isob-east-1": "281123927165", "us-west-1": "746614075791",
    "us-west-2": "246618743249",
}  # fmt: skip
_ADDRESS = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[^:@]+)[:@](?P<tag>.+)")


def check(uri: str) -> None:
    """Raise Refused unless the home can do what the image does."""
    found = _ADDRESS.fullmatch(uri)
    if found is None:
        raise not_at_home(f"image {uri!r}; it runs scripts of the scikit-learn framework, {wanted()}")
    if found["repository"] in CLOSED:
        raise not_at_home(f"the built-in algorithm {found['repository']}, a closed image; bring a script for {wanted()}")
    if found["repository"] != REPOSITORY or found["tag"] != _tag():
        raise not_at_home(f"image {found['repository']}:{found['tag']}; it runs {wanted()}")
    if found["region"] != get_region() or found["account"] != ACCOUNTS.get(get_region()):
        raise Refused(f"Cannot pull image {uri}: in {get_region()} it is {wanted()}")


def wanted() -> str:
    """The image that the home stands for."""
    return f"{ACCOUNTS.get(get_region(), '')}.dkr.ecr.{get_region()}.amazonaws.com/{REPOSITORY}:{_tag()}"


def _tag() -> str:
    major, minor, fix = version("scikit-learn").split(".")[:3]
    return f"{major}.{minor}-{fix}-cpu-py3"
