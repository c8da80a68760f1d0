"""Buckets, the public site and the ledger."""

import re

from access import statements_on_resources
from rules.registry import rule
from stack import ACCOUNT, ROOT


@rule
def the_work_bucket_is_private(stack):
    work = stack.of_type("AWS::S3::Bucket")["WorkBucket"]
    for setting in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
        if work.get("PublicAccessBlockConfiguration", {}).get(setting) is not True:
            yield f"work bucket: {setting} is not on"
    if any(policy["Bucket"] == work["BucketName"] for policy in stack.of_type("AWS::S3::BucketPolicy").values()):
        yield "the work bucket has a policy"
    if work.get("VersioningConfiguration") != {"Status": "Enabled"}:
        yield "the work bucket keeps no versions"


@rule
def buckets_are_encrypted_and_without_acls(stack):
    for name, bucket in stack.of_type("AWS::S3::Bucket").items():
        if not bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration"):
            yield f"{name} is not encrypted"
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
    for name, policy in stack.of_type("AWS::S3::BucketPolicy").items():
        for statement in [one for one in statements_on_resources(stack) if one.where.startswith(f"{name}:")]:
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
