"""Each rule finds what it is there to find: one or more ways to break the template for each, made before SAM translates it."""

import copy
import unittest

from rules import RULES
from stack import Stack, parse

PUBLIC = {"SiteAccess": "public-bucket"}
SHARED = {"LedgerTable": "shared-ledger"}
BREAKS = []


def breaks(rule, **parameters):
    """Declares a change of the template, with which a rule must complain."""

    def add(change):
        BREAKS.append((rule, change, parameters))
        return change

    return add


def properties(template, name):
    return template["Resources"][name]["Properties"]


def event(template, function, name):
    return properties(template, function)["Events"][name]["Properties"]


def policy(template, role, name):
    [found] = [one for one in properties(template, role)["Policies"] if one["PolicyName"] == name]
    return found["PolicyDocument"]["Statement"]


def allow(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


# Queues.


@breaks("messages_stay_invisible_for_six_runs")
def messages_come_back_too_soon(template):
    template["Mappings"]["VisibilityTimeout"]["900"]["Seconds"] = "5399"


@breaks("messages_stay_invisible_for_six_runs")
def the_default_visibility_is_taken(template):
    del properties(template, "TileQueue")["VisibilityTimeout"]


@breaks("messages_stay_invisible_for_six_runs")
def the_timeout_of_another_function_is_looked_up(template):
    properties(template, "TileQueue")["VisibilityTimeout"]["Fn::FindInMap"][1] = {"Ref": "ReindexTimeout"}


@breaks("every_queue_has_dead_letters_and_an_alarm")
def a_queue_gives_nothing_up(template):
    del properties(template, "PublishQueue")["RedrivePolicy"]


@breaks("every_queue_has_dead_letters_and_an_alarm")
def nobody_hears_of_dead_letters(template):
    del template["Resources"]["ReindexDeadAlarm"]
    body = properties(template, "Dashboard")["DashboardBody"]
    body["Fn::Sub"] = body["Fn::Sub"].replace("ReindexDeadAlarm", "FetchDeadAlarm")


@breaks("every_queue_has_dead_letters_and_an_alarm")
def the_alarm_tells_nobody(template):
    del properties(template, "FetchDeadAlarm")["AlarmActions"]


@breaks("every_queue_has_dead_letters_and_an_alarm")
def the_alarm_waits_for_ten(template):
    properties(template, "FetchDeadAlarm")["Threshold"] = 10


@breaks("every_queue_has_dead_letters_and_an_alarm")
def messages_are_kept_for_four_days(template):
    del properties(template, "TileDeadQueue")["MessageRetentionPeriod"]


@breaks("batches_fail_in_part")
def a_batch_fails_as_a_whole(template):
    del event(template, "PublishFunction", "Decision")["FunctionResponseTypes"]


@breaks("functions_run_in_bounded_numbers")
def a_function_runs_a_thousand_times_at_once(template):
    del event(template, "TileFunction", "Image")["ScalingConfig"]


@breaks("every_function_is_fed")
def nothing_feeds_a_function(template):
    del properties(template, "ReindexFunction")["Events"]


@breaks("queues_take_notifications_of_the_work_bucket_only")
def any_bucket_of_the_world_may_send(template):
    del properties(template, "TileQueuePolicy")["PolicyDocument"]["Statement"][0]["Condition"]["ArnEquals"]


@breaks("queues_take_notifications_of_the_work_bucket_only")
def a_bucket_of_this_name_in_another_account_may_send(template):
    del properties(template, "PublishQueuePolicy")["PolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]


@breaks("queues_take_notifications_of_the_work_bucket_only")
def a_notified_queue_has_no_policy(template):
    del template["Resources"]["ReindexQueuePolicy"]
    template["Resources"]["WorkBucket"]["DependsOn"].remove("ReindexQueuePolicy")


# Permissions.


@breaks("no_wildcards")
def a_role_may_do_all_with_its_folder(template):
    policy(template, "TileRole", "work").append(allow("s3:*", {"Fn::Sub": "${WorkBucket.Arn}/staged/*"}))


@breaks("no_wildcards")
def a_role_may_use_every_queue(template):
    policy(template, "TileRole", "queue")[0]["Resource"] = "*"


@breaks("no_wildcards")
def a_role_may_read_the_whole_bucket(template):
    policy(template, "ReindexRole", "work").append(allow("s3:GetObject", {"Fn::Sub": "${WorkBucket.Arn}/*"}))


@breaks("no_wildcards")
def a_role_may_write_all_over_the_site(template):
    policy(template, "PublishRole", "site").append(allow("s3:PutObject", {"Fn::Sub": "${SiteBucket.Arn}/*"}))


@breaks("no_wildcards")
def the_shared_policy_is_for_every_table(template):
    [statement] = properties(template, "LedgerAccess")["PolicyDocument"]["Statement"]
    statement["Resource"] = {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"}


@breaks("roles_have_only_policies_of_this_template")
def sam_makes_the_role(template):
    del properties(template, "FetchFunction")["Role"]


@breaks("roles_have_only_policies_of_this_template")
def a_policy_of_aws_is_taken(template):
    properties(template, "TileRole")["ManagedPolicyArns"].append("arn:aws:iam::aws:policy/AmazonS3FullAccess")


@breaks("every_function_has_a_role_of_its_own")
def two_functions_share_a_role(template):
    properties(template, "TileFunction")["Role"] = {"Fn::GetAtt": ["FetchRole", "Arn"]}


@breaks("roles_do_nothing_but_the_work_of_this_feed")
def a_role_may_touch_other_feeds_in_the_table(template):
    del properties(template, "LedgerAccess")["PolicyDocument"]["Statement"][0]["Condition"]


@breaks("roles_do_nothing_but_the_work_of_this_feed", **SHARED)
def a_role_may_touch_feeds_of_similar_names(template):
    [statement] = properties(template, "LedgerAccess")["PolicyDocument"]["Statement"]
    statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] = [{"Fn::Sub": "${AWS::StackName}*"}]


@breaks("roles_do_nothing_but_the_work_of_this_feed")
def a_role_may_read_another_bucket(template):
    policy(template, "FetchRole", "work").append(allow("s3:GetObject", "arn:aws:s3:::elsewhere/inbox/*"))


@breaks("nothing_triggers_itself")
def tile_may_write_into_the_inbox(template):
    policy(template, "TileRole", "work").append(allow("s3:PutObject", {"Fn::Sub": "${WorkBucket.Arn}/inbox/*"}))


@breaks("nothing_triggers_itself")
def tile_may_write_what_ends_in_png_anywhere(template):
    policy(template, "TileRole", "work").append(allow("s3:PutObject", {"Fn::Sub": "${WorkBucket.Arn}/*.png"}))


@breaks("nothing_triggers_itself")
def tile_is_notified_of_what_it_stages(template):
    rules = properties(template, "WorkBucket")["NotificationConfiguration"]["QueueConfigurations"]
    rules[0]["Filter"]["S3Key"]["Rules"][0]["Value"] = "staged/"


@breaks("nothing_triggers_itself")
def tile_is_notified_of_everything(template):
    del properties(template, "WorkBucket")["NotificationConfiguration"]["QueueConfigurations"][0]["Filter"]


@breaks("nothing_triggers_itself")
def reindex_sets_off_publish_which_sets_off_reindex(template):
    policy(template, "ReindexRole", "work").append(allow("s3:PutObject", {"Fn::Sub": "${WorkBucket.Arn}/decisions/*"}))


@breaks("nothing_triggers_itself")
def tile_may_send_to_its_queue(template):
    policy(template, "TileRole", "queue")[0]["Action"].append("sqs:SendMessage")


@breaks("roles_do_nothing_but_the_work_of_this_feed")
def a_function_may_invoke_itself(template):
    policy(template, "TileRole", "queue").append(allow("lambda:InvokeFunction", {"Fn::Sub": "arn:aws:lambda:us-east-1:123456789012:function:feed-tile"}))


@breaks("only_fetch_sends_and_only_to_its_queue")
def publish_may_send(template):
    policy(template, "PublishRole", "queue").append(allow("sqs:SendMessage", {"Fn::GetAtt": ["ReindexQueue", "Arn"]}))


@breaks("only_fetch_sends_and_only_to_its_queue")
def fetch_may_send_to_tile(template):
    policy(template, "FetchRole", "queue").append(allow("sqs:SendMessage", {"Fn::GetAtt": ["TileQueue", "Arn"]}))


# Storage.


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


@breaks("nothing_present_expires")
def studies_that_wait_expire(template):
    rule = {"Id": "staged", "Status": "Enabled", "Prefix": "staged/", "ExpirationInDays": 90}
    properties(template, "WorkBucket")["LifecycleConfiguration"]["Rules"].append(rule)


@breaks("nothing_present_expires")
def unfinished_uploads_stay(template):
    properties(template, "SiteBucket")["LifecycleConfiguration"]["Rules"].clear()


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


# Functions.


@breaks("functions_are_built_by_cargo_lambda")
def a_function_is_built_from_the_program_of_another(template):
    template["Resources"]["TileFunction"]["Metadata"]["BuildProperties"]["Binary"] = "fetch"


@breaks("functions_are_built_by_cargo_lambda")
def a_size_is_fixed(template):
    properties(template, "TileFunction")["MemorySize"] = 128


@breaks("functions_are_built_by_cargo_lambda", Architecture="x86_64")
def the_processor_is_fixed(template):
    template["Globals"]["Function"]["Architectures"] = ["arm64"]


@breaks("functions_have_the_environment_that_they_read")
def a_variable_is_missing(template):
    del template["Globals"]["Function"]["Environment"]["Variables"]["SKYFEED_SITE"]


@breaks("functions_have_the_environment_that_they_read")
def a_variable_is_unknown(template):
    properties(template, "ReindexFunction")["Environment"]["Variables"]["SKYFEED_LEDGER"] = {"Fn::Sub": "dynamodb://${LedgerOfFeed}"}


@breaks("functions_have_the_environment_that_they_read")
def a_function_looks_after_the_messages_of_another(template):
    properties(template, "TileFunction")["Environment"]["Variables"]["SKYFEED_QUEUE"] = {"Ref": "FetchQueue"}


@breaks("functions_have_the_environment_that_they_read", **SHARED)
def two_feeds_mix_in_a_shared_table(template):
    properties(template, "TileFunction")["Environment"]["Variables"]["SKYFEED_LEDGER"] = {"Fn::Sub": "dynamodb://${LedgerTable}"}


@breaks("every_function_is_watched")
def nobody_hears_of_permanent_failures(template):
    properties(template, "TileFailedAlarm")["MetricName"] = "FailedTransient"


@breaks("every_function_is_watched")
def nobody_hears_of_old_messages(template):
    properties(template, "TileAgeAlarm")["Dimensions"][0]["Value"] = {"Fn::GetAtt": ["FetchQueue", "QueueName"]}


@breaks("every_function_is_watched")
def nobody_hears_of_crashes(template):
    properties(template, "PublishErrorAlarm")["EvaluationPeriods"] = 3


@breaks("logs_are_kept_for_a_set_time")
def logs_are_kept_for_ever(template):
    del properties(template, "FetchLog")["RetentionInDays"]


@breaks("logs_are_kept_for_a_set_time")
def lambda_makes_the_log_group(template):
    del properties(template, "TileFunction")["LoggingConfig"]


@breaks("the_schedule_is_a_rule_that_can_be_switched_off")
def the_schedule_is_none_of_eventbridge(template):
    properties(template, "FetchFunction")["Events"]["Refresh"] = {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(1 hour)"}}


@breaks("the_schedule_is_a_rule_that_can_be_switched_off", RefreshState="DISABLED")
def the_schedule_cannot_be_switched_off(template):
    del event(template, "FetchFunction", "Refresh")["State"]


# Names.


@breaks("names_are_those_that_people_and_programs_look_for")
def redrive_does_not_find_the_dead_letters(template):
    properties(template, "TileDeadQueue")["QueueName"] = {"Fn::Sub": "${AWS::StackName}-tile-dlq"}


@breaks("names_are_those_that_people_and_programs_look_for", **SHARED)
def a_table_is_made_though_another_is_named(template):
    del template["Resources"]["LedgerOfFeed"]["Condition"]


@breaks("every_parameter_is_used")
def a_parameter_has_no_effect(template):
    template["Parameters"]["Colour"] = {"Type": "String", "Default": "blue"}
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]["Parameters"].append("Colour")


@breaks("every_parameter_is_used")
def a_parameter_is_hidden(template):
    template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]["Parameters"].pop()


class EachRule(unittest.TestCase):
    def test_finds_what_it_is_there_to_find(self):
        template = parse()
        for rule, change, parameters in BREAKS:
            with self.subTest(rule=rule, change=change.__name__):
                self.assertEqual([], list(RULES[rule](Stack(template, **parameters))), "it complains without a reason")
                broken = copy.deepcopy(template)
                change(broken)
                self.assertNotEqual([], list(RULES[rule](Stack(broken, **parameters))))

    def test_can_fail(self):
        self.assertEqual(set(RULES), {rule for rule, _, _ in BREAKS})


if __name__ == "__main__":
    unittest.main()
