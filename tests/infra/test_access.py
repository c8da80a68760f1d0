"""What each role may and may not do, told on the keys that the use cases really read and write."""

import re
import unittest

from access import statements_of_function
from flow import FUNCTIONS, notifications
from stack import ACCOUNT, ROOT, Stack, parse

LAYOUT = (ROOT / "shared" / "pipeline" / "src" / "layout.rs").read_text(encoding="utf-8")
CONSTANTS = dict(re.findall(r'pub const (\w+): &str = "([^"]+)";', LAYOUT))
READ, WRITE, DELETE = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"

CONFIG, CANDIDATE, SOURCE, IMAGE = "toasty-pipeline-config.yaml", "candidates/m31.json", "inbox/m31/source.json", "inbox/m31/image.tif"
UNUSABLE, DECISION, PUBLISHED = "unusable/m31.json", "decisions/m31/0123456789abcdef/anna.json", "published/m31.json"
STAGED = {f"staged/m31/0123456789abcdef/{name}" for name in ("L3X2Y1.png", "L3X2Y1.jpg", "thumb.jpg", "index_rel.wtml", "manifest.json")}
INDEX = {"index.wtml", "index_rel.wtml"}
DOCUMENTS = {"m31/index.wtml", "m31/index_rel.wtml"}
TILES = {f"m31/{folder}{name}" for folder in ("", "0123456789abcdef/") for name in ("L3X2Y1.png", "L3X2Y1.jpg", "thumb.jpg")}
LOOKS = {"m31/index.wtml", "m31/skip.flag"}

WORK_KEYS = {CONFIG, CANDIDATE, SOURCE, IMAGE, UNUSABLE, DECISION, PUBLISHED, *STAGED}
SITE_KEYS = {*INDEX, *DOCUMENTS, *TILES, *LOOKS}

# What each may do with objects; with those that are not listed, nothing.
WORK = {
    "fetch": {READ: {CONFIG, CANDIDATE, SOURCE, IMAGE, UNUSABLE, DECISION}, WRITE: {CANDIDATE, SOURCE, IMAGE, UNUSABLE}},
    "tile": {READ: {CONFIG, SOURCE, IMAGE, UNUSABLE, *STAGED}, WRITE: {UNUSABLE, *STAGED}, DELETE: {UNUSABLE}},
    "publish": {READ: {CONFIG, DECISION, PUBLISHED, *STAGED}, WRITE: {PUBLISHED}},
    "reindex": {READ: {CONFIG, PUBLISHED}},
}
SITE = {
    "fetch": {READ: LOOKS},
    "tile": {},
    "publish": {READ: LOOKS, WRITE: {*DOCUMENTS, *TILES}, DELETE: {*DOCUMENTS, *TILES}},
    "reindex": {READ: {*INDEX, *LOOKS}, WRITE: INDEX},
}
QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
LEDGER = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(parse())

    def allowed(self, function, action, resource):
        return any(statement.allows(action, resource) for statement in statements_of_function(self.stack, FUNCTIONS[function]))

    def test_read_write_and_delete_what_their_use_cases_do(self):
        for bucket, keys, table in [("work", WORK_KEYS, WORK), ("site", SITE_KEYS, SITE)]:
            for function, wanted in table.items():
                for action in (READ, WRITE, DELETE):
                    arn = f"arn:aws:s3:::feed-{bucket}-{ACCOUNT}"
                    may = {key for key in keys if self.allowed(function, action, f"{arn}/{key}")}
                    with self.subTest(function=function, bucket=bucket, action=action):
                        self.assertEqual(wanted.get(action, set()), may)

    def test_give_up_uploads_where_they_write(self):
        for function in FUNCTIONS:
            for bucket, keys in [("work", WORK_KEYS), ("site", SITE_KEYS)]:
                for key in keys:
                    arn = f"arn:aws:s3:::feed-{bucket}-{ACCOUNT}/{key}"
                    with self.subTest(function=function, key=key):
                        self.assertEqual(self.allowed(function, WRITE, arn), self.allowed(function, "s3:AbortMultipartUpload", arn))

    def test_list_without_a_condition_so_that_what_is_missing_is_not_forbidden(self):
        for function in FUNCTIONS:
            for bucket in ("work", "site"):
                arn = f"arn:aws:s3:::feed-{bucket}-{ACCOUNT}"
                lists = [s for s in statements_of_function(self.stack, FUNCTIONS[function]) if s.allows("s3:ListBucket", arn) and s.condition is None]
                with self.subTest(function=function, bucket=bucket):
                    self.assertEqual(bucket == "work" or function != "tile", bool(lists))

    def test_receive_from_their_own_queue(self):
        for function in FUNCTIONS:
            for other in FUNCTIONS:
                wanted = QUEUE | ({"sqs:SendMessage"} if function == "fetch" else set()) if function == other else set()
                may = {action for action in QUEUE | {"sqs:SendMessage"} if self.allowed(function, action, f"arn:aws:sqs:us-east-1:{ACCOUNT}:feed-{other}")}
                with self.subTest(function=function, queue=other):
                    self.assertEqual(wanted, may)

    def test_claim_work_in_the_ledger_but_for_reindex(self):
        for table, parameters in [("feed-ledger", {}), ("shared", {"LedgerTable": "shared"})]:
            self.stack = Stack(parse(), **parameters)
            for function in FUNCTIONS:
                may = {action for action in LEDGER if self.allowed(function, action, f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}")}
                with self.subTest(function=function, table=table):
                    self.assertEqual(set() if function == "reindex" else LEDGER, may)


class Notifications(unittest.TestCase):
    def test_come_from_the_folders_that_the_program_writes(self):
        stack = Stack(parse())
        wanted = {
            (f"arn:aws:s3:::feed-work-{ACCOUNT}/{CONSTANTS[folder]}", f"arn:aws:sqs:us-east-1:{ACCOUNT}:feed-{function}")
            for folder, function in [("INBOX", "tile"), ("DECISIONS", "publish"), ("PUBLISHED", "reindex")]
        }
        self.assertEqual(wanted, set(notifications(stack)))

    def test_are_told_on_the_keys_that_the_program_makes(self):
        folders = {CONSTANTS[name] for name in ("CANDIDATES", "INBOX", "UNUSABLE", "STAGED", "DECISIONS", "PUBLISHED")}
        self.assertEqual(folders | {CONSTANTS["CONFIG"]}, {key if "/" not in key else key.split("/")[0] + "/" for key in WORK_KEYS})


if __name__ == "__main__":
    unittest.main()
