"""Ways to break what rules/permissions.py holds."""

from breaks.registry import KEY, SHARED, allow, breaks, policy, properties


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


@breaks("only_fetch_sends_and_only_to_those_that_send_no_further")
def publish_may_send(template):
    policy(template, "PublishRole", "queue").append(allow("sqs:SendMessage", {"Fn::GetAtt": ["ReindexQueue", "Arn"]}))


@breaks("only_fetch_sends_and_only_to_those_that_send_no_further")
def fetch_may_send_dead_letters(template):
    policy(template, "FetchRole", "queue").append(allow("sqs:SendMessage", {"Fn::GetAtt": ["TileDeadQueue", "Arn"]}))


@breaks("nothing_triggers_itself")
def tile_may_ask_for_a_catch_up(template):
    policy(template, "TileRole", "queue").append(allow("sqs:SendMessage", {"Fn::GetAtt": ["FetchQueue", "Arn"]}))


@breaks("roles_are_bounded_where_the_account_demands_it", PermissionsBoundary="arn:aws:iam::123456789012:policy/boundary")
def a_role_has_no_bounds(template):
    del properties(template, "PublishRole")["PermissionsBoundary"]


@breaks("whoever_works_may_use_the_key", **KEY)
def a_role_may_not_use_the_key(template):
    properties(template, "ReindexRole")["ManagedPolicyArns"].pop()


def deciding(template):
    statements = properties(template, "ReviewerPolicy")["PolicyDocument"]["Statement"]
    return next(statement for statement in statements if statement.get("Sid") == "Decide")


def own(keys):
    return {"Fn::Join": ["", [{"Fn::GetAtt": ["WorkBucket", "Arn"]}, keys + "${aws:username}.json"]]}


@breaks("reviewers_look_and_add_decisions_of_their_own")
def a_reviewer_decides_in_any_name(template):
    deciding(template)["Resource"] = [{"Fn::Sub": "${WorkBucket.Arn}/decisions/*"}]


@breaks("reviewers_look_and_add_decisions_of_their_own")
def a_reviewer_is_many_people_of_the_first_edition(template):
    deciding(template)["Resource"] = [own("/decisions/*/*/*-")]


@breaks("no_wildcards")
def a_reviewer_writes_wherever_the_own_name_stands(template):
    deciding(template)["Resource"] = [own("/*/0*-")]


@breaks("reviewers_look_and_add_decisions_of_their_own")
def a_reviewer_replaces_a_decision(template):
    del deciding(template)["Condition"]


@breaks("reviewers_look_and_add_decisions_of_their_own")
def a_reviewer_deletes(template):
    properties(template, "ReviewerPolicy")["PolicyDocument"]["Statement"].append(allow("s3:DeleteObject", {"Fn::Sub": "${WorkBucket.Arn}/decisions/*"}))


@breaks("reviewers_look_and_add_decisions_of_their_own", **SHARED)
def a_reviewer_reads_the_ledgers_of_others(template):
    statements = properties(template, "ReviewerPolicy")["PolicyDocument"]["Statement"]
    del next(statement for statement in statements if statement.get("Sid") == "ReadLedger")["Condition"]


@breaks("reviewers_look_and_add_decisions_of_their_own")
def nobody_finds_the_policy_for_reviewers(template):
    del template["Outputs"]["ReviewerPolicyArn"]
