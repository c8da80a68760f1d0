"""Ways to break what rules/queues.py holds."""

from breaks.registry import breaks, event, properties


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
def any_rule_may_say_that_it_failed(template):
    del properties(template, "ScheduleDeadQueuePolicy")["PolicyDocument"]["Statement"][0]["Condition"]


@breaks("queues_take_notifications_of_the_work_bucket_only")
def a_notified_queue_has_no_policy(template):
    del template["Resources"]["ReindexQueuePolicy"]
    template["Resources"]["WorkBucket"]["DependsOn"].remove("ReindexQueuePolicy")
