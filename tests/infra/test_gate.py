"""What the gate takes requests for, in the forms that are easily taken for something else."""

import json
import unittest

from access import Statement
from roles.gate import holds
from roles.requests import Need, needs
from stack import ACCOUNT

TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/ledger"


def s3(method, target, headers=None, body=b""):
    return {(need.action, need.resource.removeprefix("arn:aws:s3:::")) for need in needs("s3", method, target, headers or {}, body)}


def query(**request):
    [need] = needs("dynamodb", "POST", "/", {"X-Amz-Target": "DynamoDB_20120810.Query"}, json.dumps({"TableName": "ledger", **request}).encode())
    return need


class Requests(unittest.TestCase):
    def test_that_copy_read_the_source(self):
        copied = s3("PUT", "/site/m31/a%20b.png", {"x-amz-copy-source": "work/staged/m31/a%20b.png"})
        self.assertEqual({("s3:PutObject", "site/m31/a b.png"), ("s3:GetObject", "work/staged/m31/a b.png")}, copied)

    def test_that_replace_what_they_know_read_it(self):
        self.assertEqual({("s3:PutObject", "site/index.wtml"), ("s3:GetObject", "site/index.wtml")}, s3("PUT", "/site/index.wtml", {"If-Match": '"1"'}))
        self.assertEqual({("s3:PutObject", "site/index.wtml")}, s3("PUT", "/site/index.wtml", {"If-None-Match": "*"}))

    def test_that_delete_many_delete_each(self):
        body = b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key></Object><Object><Key>b/c</Key></Object></Delete>'
        self.assertEqual({("s3:DeleteObject", "site/a"), ("s3:DeleteObject", "site/b/c")}, s3("POST", "/site/?delete", body=body))

    def test_that_upload_in_parts_write_and_may_give_up(self):
        for method, query in [("POST", "uploads"), ("PUT", "partNumber=1&uploadId=x"), ("POST", "uploadId=x")]:
            self.assertEqual({("s3:PutObject", "work/inbox/a/b")}, s3(method, f"/work/inbox/a/b?{query}"))
        self.assertEqual({("s3:AbortMultipartUpload", "work/inbox/a/b")}, s3("DELETE", "/work/inbox/a/b?uploadId=x"))

    def test_that_write_in_a_transaction_write_each_item(self):
        items = [
            {"Put": {"TableName": "ledger", "Item": {"pk": {"S": "/m31"}, "sk": {"S": "claim"}}}},
            {"Update": {"TableName": "ledger", "Key": {"pk": {"S": "other/m31"}, "sk": {"S": "last"}}}},
        ]
        headers = {"X-Amz-Target": "DynamoDB_20120810.TransactWriteItems"}
        written = needs("dynamodb", "POST", "/", headers, json.dumps({"TransactItems": items}).encode())
        self.assertEqual([Need("dynamodb:PutItem", TABLE, ("/m31",)), Need("dynamodb:UpdateItem", TABLE, ("other/m31",))], written)

    def test_that_query_touch_one_partition_of_the_table_or_of_an_index(self):
        values = {":pk": {"S": "/m31"}, ":attempts": {"S": "attempt#"}}
        history = query(KeyConditionExpression="pk = :pk AND begins_with(sk, :attempts)", ExpressionAttributeValues=values)
        self.assertEqual(Need("dynamodb:Query", TABLE, ("/m31",)), history)
        values = {":state": {"S": "/failed"}}
        open_attempts = query(IndexName="by-state", KeyConditionExpression="#state = :state", ExpressionAttributeValues=values)
        self.assertEqual(Need("dynamodb:Query", f"{TABLE}/index/by-state", ("/failed",)), open_attempts)

    def test_that_nobody_thought_of_are_no_answer(self):
        for method, target in [("GET", "/work?acl"), ("PUT", "/work?policy"), ("DELETE", "/work")]:
            with self.assertRaises(NotImplementedError):
                s3(method, target)


class Conditions(unittest.TestCase):
    def test_keep_feeds_apart(self):
        condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["feed/*"]}}
        [statement] = Statement.all_in("", {"Statement": {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": TABLE, "Condition": condition}})
        self.assertTrue(holds(statement.condition, Need("dynamodb:PutItem", TABLE, ("feed/m31",))))
        self.assertFalse(holds(statement.condition, Need("dynamodb:PutItem", TABLE, ("feeds/m31",))))
        self.assertFalse(holds(statement.condition, Need("dynamodb:PutItem", TABLE, ("feed/m31", "/m31"))))

    def test_keep_what_is_there(self):
        condition = {"Null": {"s3:if-none-match": "false"}}
        for headers, wanted in [({"If-None-Match": "*"}, True), ({}, False)]:
            [need] = needs("s3", "PUT", "/work/decisions/m31/candidate/01-anna.json", headers, b"")
            self.assertEqual(wanted, holds(condition, need))

    def test_that_nobody_thought_of_are_no_answer(self):
        with self.assertRaises(NotImplementedError):
            holds({"StringEquals": {"aws:SourceVpc": "vpc"}}, Need("s3:GetObject", "arn:aws:s3:::work/a"))


if __name__ == "__main__":
    unittest.main()
