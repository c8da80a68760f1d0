"""What a request to S3, SQS or DynamoDB has to be allowed to do."""

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from stack import ACCOUNT

S3 = "arn:aws:s3:::{}"


@dataclass(frozen=True)
class Need:
    action: str
    resource: str
    # The partition keys of DynamoDB that are touched.
    keys: tuple = ()
    # Whether an object is written only if there is none yet.
    if_absent: bool = False


def caller(headers):
    """The access key, which is the name of the caller here, and the service."""
    match = re.search(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
    return match.groups() if match else (None, None)


def needs(service, method, target, headers, body):
    match service:
        case "s3":
            return list(_of_s3(method, target, headers, body))
        case "sqs":
            return list(_of_sqs(headers["X-Amz-Target"], json.loads(body)))
        case "dynamodb":
            return list(_of_dynamodb(headers["X-Amz-Target"], json.loads(body)))
    raise NotImplementedError(f"{service}: {method} {target}")


def bucket_and_key(target):
    bucket, _, key = unquote(urlsplit(target).path).lstrip("/").partition("/")
    return bucket, key


def _of_s3(method, target, headers, body):
    query = parse_qs(urlsplit(target).query, keep_blank_values=True)
    bucket, key = bucket_and_key(target)
    it = S3.format(f"{bucket}/{key}")
    match method:
        case "GET" if not key and "list-type" in query:
            yield Need("s3:ListBucket", S3.format(bucket))
        case "GET" | "HEAD" if key:
            yield Need("s3:GetObject", it)
        case "POST" if not key and "delete" in query:
            names = ElementTree.fromstring(body).findall(".//{*}Key")
            yield from (Need("s3:DeleteObject", S3.format(f"{bucket}/{name.text}")) for name in names)
        case "DELETE" if "uploadId" in query:
            yield Need("s3:AbortMultipartUpload", it)
        case "DELETE" if key:
            yield Need("s3:DeleteObject", it)
        case "PUT" | "POST" if key:
            yield Need("s3:PutObject", it, if_absent="If-None-Match" in headers)
            if "If-Match" in headers:
                yield Need("s3:GetObject", it)
            if source := headers.get("x-amz-copy-source"):
                yield Need("s3:GetObject", S3.format(unquote(source).lstrip("/")))
        case _:
            raise NotImplementedError(f"{method} {target}")


def _of_sqs(target, request):
    action = target.removeprefix("AmazonSQS.").removesuffix("Batch")
    yield Need(f"sqs:{action}", f"arn:aws:sqs:us-east-1:{ACCOUNT}:{request['QueueUrl'].rsplit('/', 1)[-1]}")


def _of_dynamodb(target, request):
    action = target.split(".")[-1]
    if action == "TransactWriteItems":
        for item in request["TransactItems"]:
            [(kind, write)] = item.items()
            action = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}[kind]
            yield _on_table(action, write)
    else:
        yield _on_table(action, request)


def _on_table(action, request):
    item = request.get("Key") or request.get("Item") or {}
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{request['TableName']}"
    if action != "Query":
        return Need(f"dynamodb:{action}", table, (item["pk"]["S"],) if "pk" in item else ())
    index = request.get("IndexName")
    # The condition begins with the partition key and the name of its value.
    [name] = re.findall(r"^#?\w+ = (:\w+)", request["KeyConditionExpression"])
    return Need("dynamodb:Query", f"{table}/index/{index}" if index else table, (request["ExpressionAttributeValues"][name]["S"],))
