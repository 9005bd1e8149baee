"""Templates and their policies, and a platform whose home records what IAM decides."""

pytest_plugins = ("tests.templates.conftest",)
