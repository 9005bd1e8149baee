"""The smallest useful CDK app, as the yardstick for ours: one bucket."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

app = cdk.App()
s3.Bucket(cdk.Stack(app, "one-bucket"), "Bucket")
app.synth()
