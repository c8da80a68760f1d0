"""The walk of a few images by the four programs, each with the credentials of its own role.

It needs what `sam build` made, for the processor of this machine, and moto in target/tools/moto; `./tests/run` sees to both. SKYFEED_TEST_PROGRAMS names a folder
of other programs, such as target/debug.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from access import matches, statements_of_function, statements_of_policy
from flow import FUNCTIONS
from roles.gate import ADMINISTRATOR, Gate
from stack import ACCOUNT, ROOT, Stack, parse

sys.path.insert(0, str(ROOT / "tests" / "aws" / "localstack"))
from process import FunctionProcess
from runtime_api import Invocation

WORK, SITE = f"feed-work-{ACCOUNT}", f"feed-site-{ACCOUNT}"
PROGRAMS = os.environ.get("SKYFEED_TEST_PROGRAMS")
BUILT = ROOT / "infra" / ".aws-sam" / "build"
PICTURE = ROOT / "tests" / "data" / "oracle" / "02_study_avm_jpeg_513x257" / "input" / "image.jpg"
NO_PLACE = ROOT / "tests" / "data" / "images" / "jpeg-420.jpg"
OF_TOASTY = ROOT / "tests" / "data" / "oracle" / "02_study_avm_jpeg_513x257" / "expected" / "index.wtml"
SECONDS = 60

# What the roles allow and this walk does not need: uploads that are given up, and what Lambda does itself with the role.
NOT_SEEN = {"s3:AbortMultipartUpload", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "logs:CreateLogStream", "logs:PutLogEvents"}
# Nor these: a folder has no records beside its images and knows nothing of their places, nothing else comes from it than what lies there, no revision
# takes another's place, and Lambda itself tells what came of a refresh that failed.
NOT_SEEN_THERE = {
    ("fetch", "s3:PutObject", f"arn:aws:s3:::{WORK}/unusable/*"),
    ("tile", "s3:GetObject", f"arn:aws:s3:::{WORK}/candidates/*"),
    ("tile", "s3:GetObject", f"arn:aws:s3:::{WORK}/put-off/*"),
    ("tile", "s3:GetObject", f"arn:aws:s3:::{WORK}/fetched/*"),
    ("tile", "s3:PutObject", f"arn:aws:s3:::{WORK}/put-off/*"),
    ("publish", "s3:GetObject", f"arn:aws:s3:::{WORK}/retracted/*"),
    ("publish", "s3:DeleteObject", f"arn:aws:s3:::{WORK}/retracted/*"),
    ("fetch", "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:feed-schedule-dead"),
}
REVIEWER = "anna"


def without_tables(jpeg):
    """A JPEG whose Huffman tables are longer than libjpeg takes, which it says by a panic."""
    at = jpeg.index(b"\xff\xc4") + 5
    return jpeg[:at] + b"\xff" * 16 + jpeg[at + 16 :]


class TheWalk(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        moto = subprocess.Popen(
            [ROOT / "target" / "tools" / "moto" / "bin" / "python", ROOT / "tests" / "aws" / "server.py"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(moto.communicate)
        self.stack = Stack(parse())
        statements = {verb: statements_of_function(self.stack, name) for verb, name in FUNCTIONS.items()}
        statements[REVIEWER] = [statement.for_user(REVIEWER) for statement in statements_of_policy(self.stack, "ReviewerPolicy")]
        self.gate = Gate(int(moto.stdout.readline()), statements)
        self.addCleanup(self.gate.close)
        session = boto3.Session(ADMINISTRATOR, "secret", region_name="us-east-1")
        self.s3, self.sqs, dynamodb = (session.client(name, endpoint_url=self.gate.url) for name in ("s3", "sqs", "dynamodb"))
        self.reviewer = boto3.Session(REVIEWER, "secret", region_name="us-east-1").client("s3", endpoint_url=self.gate.url)
        for bucket in (WORK, SITE):
            self.s3.create_bucket(Bucket=bucket)
        self.queues = {verb: self.sqs.create_queue(QueueName=f"feed-{verb}")["QueueUrl"] for verb in FUNCTIONS}
        table = self.stack.of_type("AWS::DynamoDB::Table")["LedgerOfFeed"]
        dynamodb.create_table(**{key: table[key] for key in ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")})
        self.processes = {verb: self.start(verb) for verb in FUNCTIONS}

    def start(self, verb):
        code = self.folder / verb
        code.mkdir()
        (code / "bootstrap").symlink_to(Path(PROGRAMS, verb) if PROGRAMS else BUILT / FUNCTIONS[verb] / "bootstrap")
        variables = self.stack.of_type("AWS::Lambda::Function")[FUNCTIONS[verb]]["Environment"]["Variables"]
        if verb == "fetch":
            # Whatever rests is overdue.
            variables["SKYFEED_CATCH_UP_SECONDS"] = "0"
        environment = {
            # CloudFormation makes texts of parameters that are numbers.
            **{name: str(value) for name, value in variables.items()},
            **{"AWS_ACCESS_KEY_ID": verb, "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": self.gate.url},
            **{"AWS_LAMBDA_FUNCTION_NAME": f"feed-{verb}", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST"},
            **{"AWS_LAMBDA_LOG_GROUP_NAME": "log", "AWS_LAMBDA_LOG_STREAM_NAME": "log", "PATH": os.environ["PATH"], "TMPDIR": str(self.folder)},
        }
        process = FunctionProcess(verb, str(code), environment, str(self.folder))
        # It says of each process that was ended that it does not listen any more.
        process.api.server.handle_error = lambda *_: None
        self.addCleanup(process.close)
        return process

    def invoke(self, verb, event):
        """The answer; a failure of any kind fails the test, and so does a refused request."""
        arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:feed-{verb}"
        answer, is_error = self.processes[verb].invoke(Invocation("8f4a", arn, "", json.dumps(event).encode(), SECONDS))
        self.assertEqual([], self.gate.refused, "asked for what the role does not allow")
        self.assertFalse(is_error, (answer, self.processes[verb].output()))
        return json.loads(answer)

    def deliver(self, verb):
        """Hands a function all messages of its queue."""
        records = []
        while messages := self.sqs.receive_message(QueueUrl=self.queues[verb], MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                records.append({
                    "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
                    "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}, "eventSource": "aws:sqs", "awsRegion": "us-east-1",
                    "eventSourceARN": f"arn:aws:sqs:us-east-1:{ACCOUNT}:feed-{verb}",
                })  # fmt: skip
        self.assertNotEqual([], records, "no messages")
        answer = self.invoke(verb, {"Records": records})
        self.assertEqual({"batchItemFailures": []}, answer, self.processes[verb].output())

    def notify(self, verb, *keys):
        """What S3 does when objects were created."""
        for key in keys:
            record = {"eventSource": "aws:s3", "eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": WORK}, "object": {"key": key, "size": 1}}}
            self.sqs.send_message(QueueUrl=self.queues[verb], MessageBody=json.dumps({"Records": [record]}))

    def configure(self, more=""):
        images = self.folder / "images"
        text = f"source_type: directory\npublish_url_prefix: https://feed.example.org/\ndirectory:\n  path: {images}\n{more}"
        self.s3.put_object(Bucket=WORK, Key="toasty-pipeline-config.yaml", Body=text.encode())

    def keys(self, bucket, prefix=""):
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ())]

    def approve(self, image):
        """What a reviewer does, and may not do in the name of another, or twice."""
        [manifest] = [key for key in self.keys(WORK, f"staged/{image}/") if key.endswith("manifest.json")]
        digest = hashlib.sha256(self.reviewer.get_object(Bucket=WORK, Key=manifest)["Body"].read()).hexdigest()
        decision = json.dumps({"format": 2, "decision": "approve", "manifest_sha256": digest}).encode()
        folder = manifest.replace("staged/", "decisions/").removesuffix("manifest.json")
        for name, only_if_absent in [("01-carl.json", {"IfNoneMatch": "*"}), (f"01-{REVIEWER}.json", {})]:
            with self.assertRaises(ClientError) as refused:
                self.reviewer.put_object(Bucket=WORK, Key=folder + name, Body=decision, **only_if_absent)
            self.assertEqual("AccessDenied", refused.exception.response["Error"]["Code"])
        self.assertEqual(2, len(self.gate.refused))
        self.gate.refused.clear()
        key = f"{folder}01-{REVIEWER}.json"
        self.reviewer.put_object(Bucket=WORK, Key=key, Body=decision, IfNoneMatch="*")
        return key

    def leave_half_published(self, image):
        """What a worker leaves that was killed while it published, before somebody rejected the image."""
        revision, pixels = "0123456789abcdef", "fedcba9876543210"
        intent = {"format": 2, "id": image, "state": "publishing", "revision": revision, "pixels": pixels, "turn": 1}
        self.s3.put_object(Bucket=WORK, Key=f"published/{image}.json", Body=json.dumps(intent).encode())
        self.s3.put_object(Bucket=WORK, Key=f"decisions/{image}/{revision}/01-{REVIEWER}.json", Body=b'{"format": 2, "decision": "reject"}')
        for name in ("L0X0Y0.png", "thumb.jpg"):
            self.s3.put_object(Bucket=SITE, Key=f"{image}/{pixels}/{name}", Body=b"a tile")
        self.s3.put_object(Bucket=SITE, Key=f"{image}/index_rel.wtml", Body=OF_TOASTY.read_bytes())

    def leave_half_taken_down(self, image):
        """What a takedown leaves that broke off, of an image of another program."""
        self.s3.put_object(Bucket=WORK, Key=f"published/{image}.json", Body=json.dumps({"format": 2, "id": image, "state": "retracting"}).encode())
        for name in ("0/0/0_0.png", "0/0/0_0.fits", "thumb.jpg", "index_rel.wtml", "index.wtml"):
            self.s3.put_object(Bucket=SITE, Key=f"{image}/{name}", Body=OF_TOASTY.read_bytes())

    def test_needs_all_that_the_roles_allow_and_nothing_else(self):
        images = self.folder / "images"
        images.mkdir()
        (images / "m31.jpg").write_bytes(PICTURE.read_bytes())
        (images / "nowhere.jpg").write_bytes(NO_PLACE.read_bytes())
        (images / "broken.jpg").write_bytes(without_tables(PICTURE.read_bytes()))
        # So large that it is sent in parts.
        (images / "large.tif").write_bytes(bytes(17 << 20))
        # Toasty made this one before: it is not fetched, and stands in the index without a date of its own.
        (images / "old.jpg").write_bytes(PICTURE.read_bytes())
        self.s3.put_object(Bucket=SITE, Key="old/index.wtml", Body=OF_TOASTY.read_bytes())
        self.configure()

        schedule = json.loads((ROOT / "events" / "fetch" / "schedule.json").read_text(encoding="utf-8"))
        (images / "gone.jpg").write_bytes(PICTURE.read_bytes())
        self.assertEqual(5, len(self.invoke("fetch", schedule)["due"]))
        (images / "gone.jpg").unlink()
        self.deliver("fetch")
        self.assertEqual(["put-off/gone.json"], self.keys(WORK, "put-off/"))
        # What was noted before is read again, and written only if it changed. What came meanwhile waits for tile, whose events got lost.
        again = self.invoke("fetch", schedule)
        self.assertEqual(([], ["broken", "large", "m31", "nowhere"]), (again["due"], again["caught_up"]["tile"]))
        self.notify("tile", *self.keys(WORK, "inbox/"))
        self.deliver("tile")
        self.assertEqual([f"unusable/{image}.json" for image in ("broken", "large", "nowhere")], self.keys(WORK, "unusable/"))
        # libjpeg was asked, and its panic was caught.
        self.assertIn(b"cannot make sense of its tables", self.s3.get_object(Bucket=WORK, Key="unusable/broken.json")["Body"].read())
        # A person brings a good one.
        self.s3.put_object(Bucket=WORK, Key="inbox/broken/image.jpg", Body=PICTURE.read_bytes())
        self.notify("tile", "inbox/broken/image.jpg")
        self.deliver("tile")
        self.assertNotIn("unusable/broken.json", self.keys(WORK, "unusable/"))
        decision = self.approve("m31")
        # A refresh looks at what waits, too, and at what should be on the site.
        again = self.invoke("fetch", schedule)
        self.assertEqual(([], ["m31"]), (again["due"], again["caught_up"]["publish"]))
        self.notify("publish", decision)
        self.deliver("publish")
        self.notify("reindex", "published/m31.json")
        self.deliver("reindex")
        # It is there, and looked at again.
        self.notify("publish", decision)
        self.deliver("publish")
        self.leave_half_published("left")
        self.notify("publish", "decisions/left/0123456789abcdef/01-anna.json")
        self.deliver("publish")
        self.assertEqual([], self.keys(SITE, "left/"))
        self.assertEqual([], self.keys(WORK, "published/left.json"))
        self.leave_half_taken_down("theirs")
        self.assertEqual(["theirs"], self.invoke("fetch", {"catch-up": True})["publish"])
        self.deliver("publish")
        self.assertEqual(["theirs/skip.flag"], self.keys(SITE, "theirs/"))
        self.assertEqual(5, len(self.keys(WORK, "retracted/theirs/")))
        self.notify("reindex", "published/m31.json")
        self.deliver("reindex")
        self.assertIn("index.wtml", self.keys(SITE))

        for verb, name in FUNCTIONS.items():
            for statement in (one for one in statements_of_function(self.stack, name) if one.effect == "Allow"):
                for action in set(statement.actions) - NOT_SEEN:
                    for resource in statement.resources:
                        used = any(who == verb and need.action == action and matches(resource, need.resource) for who, need in self.gate.used)
                        with self.subTest(statement=statement.where, action=action, resource=resource):
                            self.assertEqual((verb, action, resource) not in NOT_SEEN_THERE, used, "is allowed and never needed, or is needed after all")


if __name__ == "__main__":
    unittest.main()
