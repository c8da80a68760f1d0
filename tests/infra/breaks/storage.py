"""Ways to break what rules/storage.py holds."""

from breaks.registry import KEY, PUBLIC, breaks, properties


@breaks("the_work_bucket_is_private")
def a_policy_may_open_the_work_bucket(template):
    properties(template, "WorkBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


@breaks("the_work_bucket_is_private")
def nothing_is_said_of_public_access(template):
    del properties(template, "WorkBucket")["PublicAccessBlockConfiguration"]


@breaks("the_work_bucket_is_private")
def the_world_may_read_the_work_bucket(template):
    properties(template, "SiteBucketPolicy")["Bucket"] = {"Ref": "WorkBucket"}


@breaks("the_work_bucket_is_private")
def what_is_deleted_is_lost(template):
    del properties(template, "WorkBucket")["VersioningConfiguration"]


@breaks("buckets_are_encrypted_and_without_acls")
def nothing_is_said_of_encryption(template):
    del properties(template, "WorkBucket")["BucketEncryption"]


@breaks("buckets_are_encrypted_and_without_acls")
def nothing_is_said_of_acls(template):
    del properties(template, "SiteBucket")["OwnershipControls"]


@breaks("buckets_are_encrypted_and_without_acls", **KEY, **PUBLIC)
def nobody_can_read_the_public_bucket(template):
    encryption = properties(template, "SiteBucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    encryption["ServerSideEncryptionByDefault"]["Fn::If"][0] = "HasKey"


@breaks("all_is_reached_by_tls_only")
def images_travel_in_the_clear(template):
    del template["Resources"]["WorkBucketPolicy"]


@breaks("all_is_reached_by_tls_only")
def messages_travel_in_the_clear(template):
    properties(template, "TileQueuePolicy")["PolicyDocument"]["Statement"].pop()


@breaks("all_is_reached_by_tls_only")
def dead_letters_travel_in_the_clear(template):
    del template["Resources"]["PublishDeadQueuePolicy"]


@breaks("all_is_reached_by_tls_only")
def alarms_travel_in_the_clear(template):
    properties(template, "AlarmsPolicy")["PolicyDocument"]["Statement"].pop()


@breaks("a_key_of_the_account_encrypts_all_that_is_private", **KEY)
def dead_letters_are_not_for_the_key(template):
    del properties(template, "FetchDeadQueue")["KmsMasterKeyId"]


@breaks("a_key_of_the_account_encrypts_all_that_is_private", **KEY)
def logs_are_not_for_the_key(template):
    del properties(template, "TileLog")["KmsKeyId"]


@breaks("a_key_of_the_account_encrypts_all_that_is_private", **KEY)
def the_ledger_is_not_for_the_key(template):
    del properties(template, "LedgerOfFeed")["SSESpecification"]


@breaks("a_key_of_the_account_encrypts_all_that_is_private")
def messages_are_not_encrypted(template):
    del properties(template, "TileQueue")["SqsManagedSseEnabled"]


@breaks("access_is_logged_where_asked_for", AccessLogBucket="logs")
def nobody_knows_who_read(template):
    del properties(template, "WorkBucket")["LoggingConfiguration"]


@breaks("the_ledger_is_protected_where_asked_for", DeletionProtection="true")
def the_ledger_can_be_deleted(template):
    del properties(template, "LedgerOfFeed")["DeletionProtectionEnabled"]


@breaks("nothing_present_expires")
def studies_that_wait_expire(template):
    rule = {"Id": "staged", "Status": "Enabled", "Prefix": "staged/", "ExpirationInDays": 90}
    properties(template, "WorkBucket")["LifecycleConfiguration"]["Rules"].append(rule)


@breaks("nothing_present_expires")
def unfinished_uploads_stay(template):
    properties(template, "SiteBucket")["LifecycleConfiguration"]["Rules"].clear()


@breaks("nothing_present_expires")
def unfinished_archives_of_tiles_stay(template):
    properties(template, "WorkBucket")["LifecycleConfiguration"]["Rules"][1]["Prefix"] = "inbox/"


@breaks("the_archive_outlives_the_stack")
def the_work_bucket_goes_with_the_stack(template):
    del template["Resources"]["WorkBucket"]["DeletionPolicy"]


@breaks("the_archive_outlives_the_stack")
def the_ledger_goes_when_it_is_replaced(template):
    del template["Resources"]["LedgerOfFeed"]["UpdateReplacePolicy"]


def statement_for_the_public(template, which):
    return properties(template, "SiteBucketPolicy")["PolicyDocument"]["Statement"][0]["Fn::If"][which]


@breaks("the_public_may_only_get_objects_of_the_site")
def every_distribution_may_read(template):
    del statement_for_the_public(template, 1)["Condition"]


@breaks("the_public_may_only_get_objects_of_the_site", **PUBLIC)
def the_world_may_list(template):
    statement_for_the_public(template, 2)["Action"] = ["s3:GetObject", "s3:ListBucket"]


@breaks("the_public_may_only_get_objects_of_the_site", **PUBLIC)
def the_world_may_write(template):
    statement_for_the_public(template, 2)["Action"] = "s3:PutObject"


@breaks("the_public_may_only_get_objects_of_the_site", **PUBLIC)
def the_world_may_read_the_other_bucket(template):
    statement_for_the_public(template, 2)["Resource"] = {"Fn::Sub": "${WorkBucket.Arn}/*"}


@breaks("the_public_may_only_get_objects_of_the_site")
def the_bucket_behind_cloudfront_may_be_opened(template):
    properties(template, "SiteBucket")["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"] = False


@breaks("wwt_can_read_the_site")
def http_is_redirected(template):
    distribution = properties(template, "SiteDistribution")["DistributionConfig"]
    distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = "redirect-to-https"


@breaks("wwt_can_read_the_site")
def cloudfront_answers_one_origin(template):
    cors = properties(template, "SiteHeaders")["ResponseHeadersPolicyConfig"]["CorsConfig"]
    cors["AccessControlAllowOrigins"] = {"Items": ["https://worldwidetelescope.org"]}


@breaks("wwt_can_read_the_site", **PUBLIC)
def the_bucket_answers_no_origin(template):
    del properties(template, "SiteBucket")["CorsConfiguration"]


@breaks("the_ledger_has_the_keys_that_the_program_uses")
def the_index_has_another_name(template):
    properties(template, "LedgerOfFeed")["GlobalSecondaryIndexes"][0]["IndexName"] = "by-status"


@breaks("the_ledger_has_the_keys_that_the_program_uses")
def claims_never_expire(template):
    del properties(template, "LedgerOfFeed")["TimeToLiveSpecification"]


@breaks("the_ledger_has_the_keys_that_the_program_uses")
def the_keys_are_swapped(template):
    for key in properties(template, "LedgerOfFeed")["KeySchema"]:
        key["KeyType"] = {"HASH": "RANGE", "RANGE": "HASH"}[key["KeyType"]]
