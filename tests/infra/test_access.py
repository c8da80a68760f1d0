"""What each role may and may not do, told on the keys that the use cases really read and write."""

import json
import re
import unittest

from access import Statement, statements_of_function, statements_of_policy
from flow import FUNCTIONS, notifications
from stack import ACCOUNT, ROOT, Stack, parse

LAYOUT = (ROOT / "shared" / "pipeline" / "src" / "layout" / "mod.rs").read_text(encoding="utf-8")
CONSTANTS = dict(re.findall(r'pub const (\w+): &str = "([^"]+)";', LAYOUT))
READ, WRITE, DELETE = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"

CONFIG, CANDIDATE, PUT_OFF = "toasty-pipeline-config.yaml", "candidates/m31.json", "put-off/m31.json"
FETCHED, DOWNLOADS = "fetched/m31.json", {"downloads/m31/download.json", "downloads/m31/0123456789abcdef/0000000016777216"}
SOURCE, IMAGE, UNUSABLE, PUBLISHED = "inbox/m31/source.json", "inbox/m31/image.tif", "unusable/m31.json", "published/m31.json"
PIXELS = {f"pixels/m31/fedcba9876543210/{name}" for name in ("tiles.pmtiles", "tiles.digests", "thumb.jpg", "preview.jpg")}
# The first edition kept tiles and thumbnail here.
STAGED = {f"staged/m31/0123456789abcdef/{name}" for name in ("index_rel.wtml", "manifest.json", "L3X2Y1.png", "L3X2Y1.jpg", "thumb.jpg")}
DECISIONS = {"decisions/m31/0123456789abcdef/01-anna.json", "decisions/m31/0123456789abcdef/anna.json", "decisions/m31/candidate/02-anna.json"}
EDIT = "edits/m31.json"
# Of later editions.
KEPT = "retracted/m31/0123456789abcdef/index.wtml"
OTHERS = {KEPT, "operations/1.json", "jobs/1/plan.json", "failed/tile/1.json", "feeds/eso.yaml"}
INDEX = {"index.wtml", "index_rel.wtml"}
DOCUMENTS = {"m31/index.wtml", "m31/index_rel.wtml"}
TILES = {f"m31/{folder}{name}" for folder in ("", "fedcba9876543210/") for name in ("L3X2Y1.png", "L3X2Y1.jpg", "thumb.jpg")}
LOOKS = {"m31/index.wtml", "m31/skip.flag"}
OF_OTHERS = {"m31/0/0/0_0.fits", "m31/readme.txt"}

WORK_KEYS = {CONFIG, CANDIDATE, PUT_OFF, FETCHED, *DOWNLOADS, EDIT, SOURCE, IMAGE, UNUSABLE, PUBLISHED, *PIXELS, *STAGED, *DECISIONS, *OTHERS}
SITE_KEYS = {*INDEX, *DOCUMENTS, *TILES, *LOOKS, *OF_OTHERS}
# What tells where an image stands.
STANDING = {CONFIG, CANDIDATE, PUT_OFF, FETCHED, UNUSABLE, *STAGED, *DECISIONS, PUBLISHED}

# What each may do with objects; with those that are not listed, nothing.
WORK = {
    # What is approved has to have its pixels, or be tiled again.
    "fetch": {
        READ: {*STANDING, *DOWNLOADS, *PIXELS, SOURCE, IMAGE},
        WRITE: {CANDIDATE, FETCHED, *DOWNLOADS, PUT_OFF, SOURCE, IMAGE, UNUSABLE},
        DELETE: DOWNLOADS,
    },
    # A damaged image that has a candidate is downloaded once more.
    "tile": {READ: {CONFIG, CANDIDATE, PUT_OFF, FETCHED, SOURCE, IMAGE, UNUSABLE, *PIXELS, *STAGED}, WRITE: {PUT_OFF, UNUSABLE, *PIXELS, *STAGED}, DELETE: {UNUSABLE}},
    # It finishes takedowns, keeps what cannot be made again, and puts that back if what is new is rejected.
    "publish": {READ: {*STANDING, *PIXELS, KEPT}, WRITE: {PUBLISHED, KEPT}, DELETE: {PUBLISHED, KEPT}},
    "reindex": {READ: {CONFIG, PUBLISHED}},
}
SITE = {
    "fetch": {READ: LOOKS},
    "tile": {},
    # A takedown of what another program published takes files of any name, but no function lifts one.
    "publish": {READ: {*LOOKS, *DOCUMENTS, *TILES, *OF_OTHERS}, WRITE: {*DOCUMENTS, *TILES, "m31/skip.flag"}, DELETE: {*DOCUMENTS, *TILES, *OF_OTHERS}},
    "reindex": {READ: {*INDEX, *LOOKS}, WRITE: INDEX},
}
QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
LEDGER = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
HISTORY = "dynamodb:Query"


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(parse())

    def allowed(self, function, action, resource):
        statements = statements_of_function(self.stack, FUNCTIONS[function])
        return any(s.allows(action, resource) for s in statements) and not any(s.denies(action, resource) for s in statements)

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
                wanted = QUEUE if function == other else set()
                if function == "fetch":
                    # Itself, and what a catch-up looks after; reindex sees for itself.
                    wanted = wanted | {"sqs:SendMessage"} | ({"sqs:GetQueueAttributes"} if other in ("tile", "publish") else set())
                may = {action for action in QUEUE | {"sqs:SendMessage"} if self.allowed(function, action, f"arn:aws:sqs:us-east-1:{ACCOUNT}:feed-{other}")}
                with self.subTest(function=function, queue=other):
                    self.assertEqual(wanted, may)

    def test_tell_the_ledger_what_they_do(self):
        for table, parameters in [("feed-ledger", {}), ("shared", {"LedgerTable": "shared"})]:
            self.stack = Stack(parse(), **parameters)
            arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}"
            for function in FUNCTIONS:
                # Who asks where an image stands reads its history, and who asks that of all the open attempts.
                # reindex claims nothing.
                wanted = (LEDGER - {"dynamodb:UpdateItem"} if function == "reindex" else LEDGER) | ({HISTORY} if function in ("fetch", "publish") else set())
                may = {action for action in {*LEDGER, HISTORY} if self.allowed(function, action, arn)}
                with self.subTest(function=function, table=table):
                    self.assertEqual(wanted, may)
                    self.assertEqual(function == "fetch", self.allowed(function, HISTORY, f"{arn}/index/by-state"))


class Reviewers(unittest.TestCase):
    WORK, SITE = (f"arn:aws:s3:::feed-{bucket}-{ACCOUNT}" for bucket in ("work", "site"))
    REVISION = "decisions/m31/0123456789abcdef"

    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(parse())

    def allowed(self, user, action, resource):
        return any(statement.for_user(user).allows(action, resource) for statement in statements_of_policy(self.stack, "ReviewerPolicy"))

    def may_write(self, user, key):
        return self.allowed(user, WRITE, f"{self.WORK}/{key}")

    def test_read_what_status_and_preview_show(self):
        wanted = {*STANDING, *PIXELS, EDIT}
        self.assertEqual(wanted, {key for key in WORK_KEYS if self.allowed("anna", READ, f"{self.WORK}/{key}")})
        self.assertEqual(LOOKS, {key for key in SITE_KEYS if self.allowed("anna", READ, f"{self.SITE}/{key}")})
        for bucket in (self.WORK, self.SITE):
            self.assertTrue(self.allowed("anna", "s3:ListBucket", bucket))
        table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/feed-ledger"
        self.assertEqual({"dynamodb:GetItem", HISTORY}, {action for action in {*LEDGER, HISTORY} if self.allowed("anna", action, table)})
        self.assertTrue(self.allowed("anna", HISTORY, f"{table}/index/by-state"))

    def test_add_decisions_under_their_own_name(self):
        for key in (f"{self.REVISION}/01-anna.json", f"{self.REVISION}/12-anna.json", f"{self.REVISION}/100-anna.json", "decisions/m31/candidate/01-anna.json"):
            self.assertTrue(self.may_write("anna", key), key)
        for user in ("anna@example.org", "a.b+c", "an_na"):
            self.assertTrue(self.may_write(user, f"{self.REVISION}/01-{user}.json"), user)

    def test_write_nothing_else(self):
        keys = {
            f"{self.REVISION}/01-carl.json",
            f"{self.REVISION}/01-joanna.json",
            # The names of two hyphened people, as keys have them.
            f"{self.REVISION}/01-jo%2Danna.json",
            # Decisions of the first edition bear a name alone; with it one person would be many.
            f"{self.REVISION}/anna.json",
            f"{self.REVISION}/carl-anna.json",
            f"{self.REVISION}/-anna.json",
            "01-anna.json",
            "decisions/01-anna.json",
            "decisions/m31/01-anna.json",
        }
        refused = {key for key in {*keys, *WORK_KEYS} - {f"{self.REVISION}/01-anna.json", "decisions/m31/candidate/02-anna.json"} if self.may_write("anna", key)}
        self.assertEqual(set(), refused)
        self.assertEqual(set(), {key for key in SITE_KEYS if self.allowed("anna", WRITE, f"{self.SITE}/{key}")})
        for action in (DELETE, "s3:DeleteObjectVersion", "s3:AbortMultipartUpload", "s3:PutObjectTagging", "dynamodb:PutItem"):
            actions = {action for statement in statements_of_policy(self.stack, "ReviewerPolicy") for action in statement.actions}
            self.assertNotIn(action, actions)

    def test_with_a_hyphen_decide_by_the_policy_of_the_documentation(self):
        text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
        [policy] = [json.loads(block) for block in re.findall(r"```json\n(.+?)```", text, re.DOTALL) if "decisions/" in block]
        # What it says of a feed, said of this one.
        folder = f"arn:aws:s3:::my-feed-work-{ACCOUNT}/{self.REVISION}"
        [statement] = Statement.all_in("docs/deploying.md", policy)
        for name, wanted in {"01-anna%2Dmaria": True, "27-anna%2Dmaria": True, "01-anna-maria": False, "01-maria": False, "x-anna%2Dmaria": False}.items():
            self.assertEqual(wanted, statement.allows(WRITE, f"{folder}/{name}.json"), name)
            self.assertFalse(self.may_write("maria", f"{self.REVISION}/{name}.json") and "%" in name, name)
        [ours] = [one for one in statements_of_policy(self.stack, "ReviewerPolicy") if one.actions == (WRITE,)]
        self.assertEqual(ours.condition, statement.condition)
        self.assertEqual(len(ours.resources), len(statement.resources))

    def test_may_leave_litter_that_counts_for_nothing(self):
        # IAM's `*` reaches over slashes. The tests of `layout::decision` show that none of these is a decision, and events/publish/litter.json
        # that they disturb none.
        parser = (ROOT / "shared" / "pipeline" / "src" / "layout" / "decision.rs").read_text(encoding="utf-8")
        for name in ("07-carl-anna.json", "carl/07-anna.json"):
            self.assertTrue(self.may_write("anna", f"{self.REVISION}/{name}"), name)
            self.assertTrue(f'"{name}"' in parser, f"{name} is not tried there")


class Notifications(unittest.TestCase):
    def test_come_from_the_folders_that_the_program_writes(self):
        stack = Stack(parse())
        wanted = {
            (f"arn:aws:s3:::feed-work-{ACCOUNT}/{CONSTANTS[folder]}", f"arn:aws:sqs:us-east-1:{ACCOUNT}:feed-{function}")
            for folder, function in [("INBOX", "tile"), ("DECISIONS", "publish"), ("PUBLISHED", "reindex")]
        }
        self.assertEqual(wanted, set(notifications(stack)))

    def test_are_told_on_the_keys_that_the_program_makes(self):
        folders = {value for value in CONSTANTS.values() if value.endswith("/")}
        self.assertEqual(folders | {CONSTANTS["CONFIG"]}, {key if "/" not in key else key.split("/")[0] + "/" for key in WORK_KEYS})


if __name__ == "__main__":
    unittest.main()
