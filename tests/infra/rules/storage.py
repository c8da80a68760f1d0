"""Buckets, the public site and the ledger."""

import re

from access import as_list, statements_on_resources
from rules.registry import rule
from stack import ACCOUNT, ROOT


def statements_of(stack, policy):
    return [one for one in statements_on_resources(stack) if one.where.startswith(f"{policy}:")]


@rule
def the_work_bucket_is_private(stack):
    work = stack.of_type("AWS::S3::Bucket")["WorkBucket"]
    for setting in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
        if work.get("PublicAccessBlockConfiguration", {}).get(setting) is not True:
            yield f"work bucket: {setting} is not on"
    for name, policy in stack.of_type("AWS::S3::BucketPolicy").items():
        if policy["Bucket"] == work["BucketName"]:
            yield from (f"{one.where} opens the work bucket" for one in statements_of(stack, name) if one.effect != "Deny")
    if work.get("VersioningConfiguration") != {"Status": "Enabled"}:
        yield "the work bucket keeps no versions"


@rule
def buckets_are_encrypted_and_without_acls(stack):
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        # Whoever reads a public bucket has no right to use a key.
        is_public = name == "SiteBucket" and stack.parameters["SiteAccess"] == "public-bucket"
        key = {} if is_public else {"KMSMasterKeyID": stack.parameters["KmsKey"]}
        wanted = {"SSEAlgorithm": "aws:kms", **key} if key.get("KMSMasterKeyID") else {"SSEAlgorithm": "AES256"}
        there = bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [{}])
        if [rule.get("ServerSideEncryptionByDefault") for rule in there] != [wanted]:
            yield f"{name} is not encrypted as it should be"
        if bucket.get("OwnershipControls") != {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}:
            yield f"{name} takes ACLs"


@rule
def nothing_present_expires(stack):
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        # Parts of downloads that nobody went on with can be had again.
        for rule in (rule for rule in rules if rule.get("Prefix") != "downloads/"):
            for what in ("Expiration", "ExpirationInDays", "ExpirationDate", "Transition", "Transitions"):
                if what in rule:
                    yield f"{name}: {rule.get('Id')} has {what}"
        # Of the whole bucket: images, and archives of tiles.
        everywhere = [rule for rule in rules if rule["Status"] == "Enabled" and not {"Prefix", "Filter", "TagFilters"} & set(rule)]
        if not any("AbortIncompleteMultipartUpload" in rule for rule in everywhere):
            yield f"{name} keeps unfinished uploads"


@rule
def the_archive_outlives_the_stack(stack):
    for name, resource in stack.resources.items():
        if resource["Type"] in ("AWS::S3::Bucket", "AWS::DynamoDB::Table"):
            if (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) != ("RetainExceptOnCreate", "Retain"):
                yield f"{name} goes with the stack"


@rule
def the_public_may_only_get_objects_of_the_site(stack):
    site = stack.attribute("SiteBucket", "Arn")
    by_cloudfront = stack.parameters["SiteAccess"] == "cloudfront"
    for name in stack.of_type("AWS::S3::BucketPolicy"):
        for statement in [one for one in statements_of(stack, name) if one.effect != "Deny"]:
            if statement.actions != ("s3:GetObject",) or statement.resources != (f"{site}/*",):
                yield f"{statement.where} gives more than objects of the site"
            distribution = f"arn:aws:cloudfront::{ACCOUNT}:distribution/SiteDistribution"
            wanted = ({"Service": "cloudfront.amazonaws.com"}, {"StringEquals": {"AWS:SourceArn": distribution}}) if by_cloudfront else ("*", None)
            if (statement.principal, statement.condition) != wanted:
                yield f"{statement.where} is for others than the feed's readers"
    access = stack.of_type("AWS::S3::Bucket")["SiteBucket"]["PublicAccessBlockConfiguration"]
    if any(access.get(setting) is not by_cloudfront for setting in ("BlockPublicPolicy", "RestrictPublicBuckets")):
        yield "the site bucket is not as public as it should be"
    if not (access.get("BlockPublicAcls") and access.get("IgnorePublicAcls")):
        yield "the site bucket takes public ACLs"


@rule
def all_is_reached_by_tls_only(stack):
    """But what is public, which WWT for Windows reads without."""
    policies = [*stack.of_type("AWS::S3::BucketPolicy").items(), *stack.of_type("AWS::SQS::QueuePolicy").items(), *stack.of_type("AWS::SNS::TopicPolicy").items()]
    covered = {}
    for name, policy in policies:
        for statement in statements_of(stack, name):
            if (statement.effect, statement.principal, statement.condition) == ("Deny", "*", {"Bool": {"aws:SecureTransport": "false"}}):
                for one in as_list(policy.get("Bucket") or policy.get("Queues") or policy.get("Topics")):
                    covered.setdefault(one, set()).update(statement.resources, {f"{action}" for action in statement.actions}, {f"not {action}" for action in statement.not_actions})
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        arn, what = stack.attribute(name, "Arn"), "not s3:GetObject" if name == "SiteBucket" else "s3:*"
        if not {arn, f"{arn}/*", what} <= covered.get(bucket["BucketName"], set()):
            yield f"{name} is reached without TLS"
    for name in stack.of_type("AWS::SQS::Queue"):
        if not {stack.attribute(name, "Arn"), "sqs:*"} <= covered.get(stack.ref(name), set()):
            yield f"{name} is reached without TLS"
    for name in stack.of_type("AWS::SNS::Topic"):
        if not {stack.ref(name), "sns:Publish"} <= covered.get(stack.ref(name), set()):
            yield f"{name} is reached without TLS"


@rule
def a_key_of_the_account_encrypts_all_that_is_private(stack):
    key = stack.parameters["KmsKey"] or None
    for name, queue in stack.of_type("AWS::SQS::Queue").items():
        if queue.get("KmsMasterKeyId") != key or queue.get("SqsManagedSseEnabled") is not (None if key else True):
            yield f"{name} is not encrypted as it should be"
    for kind, field in [("AWS::SNS::Topic", "KmsMasterKeyId"), ("AWS::Logs::LogGroup", "KmsKeyId")]:
        yield from (f"{name} is encrypted by {it.get(field)}" for name, it in stack.of_type(kind).items() if it.get(field) != key)
    for name, table in stack.of_type("AWS::DynamoDB::Table").items():
        if table.get("SSESpecification", {}).get("KMSMasterKeyId") != key:
            yield f"{name} is not encrypted as it should be"


@rule
def access_is_logged_where_asked_for(stack):
    to = stack.parameters["AccessLogBucket"]
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        logs = bucket.get("LoggingConfiguration")
        prefix = "feed-work/" if name == "WorkBucket" else "feed-site/"
        if logs != ({"DestinationBucketName": to, "LogFilePrefix": prefix} if to else None):
            yield f"{name} logs to {logs}"


@rule
def the_ledger_is_protected_where_asked_for(stack):
    for name, table in stack.of_type("AWS::DynamoDB::Table").items():
        if table.get("DeletionProtectionEnabled") != stack.parameters["DeletionProtection"]:
            yield f"{name}: deletion protection is not its parameter"


@rule
def wwt_can_read_the_site(stack):
    """From any origin, by http and by https."""
    cors = stack.of_type("AWS::S3::Bucket")["SiteBucket"].get("CorsConfiguration", {}).get("CorsRules", [])
    if not any(rule["AllowedOrigins"] == ["*"] and set(rule["AllowedMethods"]) == {"GET", "HEAD"} for rule in cors):
        yield "the site bucket answers no other origins"
    for name, properties in stack.of_type("AWS::CloudFront::Distribution").items():
        behavior = properties["DistributionConfig"]["DefaultCacheBehavior"]
        if behavior["ViewerProtocolPolicy"] != "allow-all":
            yield f"{name} does not answer both by http and by https"
        headers = stack.of_type("AWS::CloudFront::ResponseHeadersPolicy").get(behavior.get("ResponseHeadersPolicyId"), {})
        cors = headers.get("ResponseHeadersPolicyConfig", {}).get("CorsConfig", {})
        if cors.get("AccessControlAllowOrigins") != {"Items": ["*"]} or cors.get("OriginOverride") is not True:
            yield f"{name} answers no other origins"


@rule
def the_ledger_has_the_keys_that_the_program_uses(stack):
    code = ROOT / "shared" / "aws" / "src" / "dynamodb"
    table, module = (code / "table.rs").read_text(encoding="utf-8"), (code / "mod.rs").read_text(encoding="utf-8")
    index = re.search(r'BY_STATE: &str = "([^"]+)"', module)[1]
    expires = re.search(r'enabled\(true\)\.attribute_name\("([^"]+)"\)', table)[1]
    index_keys, keys = [[*match] for match in re.findall(r'set_key_schema\(Some\(schema\("(\w+)", "(\w+)"\)', table)]
    for name, properties in stack.of_type("AWS::DynamoDB::Table").items():
        [there] = properties["GlobalSecondaryIndexes"]
        wanted = (keys, index, index_keys, {"ProjectionType": "ALL"}, {"AttributeName": expires, "Enabled": True})
        found = (_keys(properties), there["IndexName"], _keys(there), there["Projection"], properties.get("TimeToLiveSpecification"))
        if found != wanted:
            yield f"{name} has {found}, not {wanted}"
        if properties.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} is not paid by request"
        if properties.get("PointInTimeRecoverySpecification") != {"PointInTimeRecoveryEnabled": True}:
            yield f"{name} cannot be brought back to a point in time"


def _keys(schema):
    return [key["AttributeName"] for key in sorted(schema["KeySchema"], key=lambda key: ["HASH", "RANGE"].index(key["KeyType"]))]
