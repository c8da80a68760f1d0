"""Ways to break what rules/functions.py holds."""

from breaks.registry import SHARED, breaks, event, properties


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
    properties(template, "ReindexFunction")["Environment"]["Variables"]["SKYFEED_LEGDER"] = {"Fn::Sub": "dynamodb://${LedgerOfFeed}"}


@breaks("functions_have_the_environment_that_they_read")
def a_function_looks_after_the_messages_of_another(template):
    properties(template, "TileFunction")["Environment"]["Variables"]["SKYFEED_QUEUE"] = {"Ref": "FetchQueue"}


@breaks("functions_have_the_environment_that_they_read")
def tile_is_told_another_disk_than_it_has(template):
    properties(template, "TileFunction")["Environment"]["Variables"]["SKYFEED_DISK_MB"] = {"Ref": "PublishStorage"}


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


@breaks("functions_have_the_environment_that_they_read")
def fetch_does_not_know_where_to_send_what_was_left(template):
    del properties(template, "FetchFunction")["Environment"]["Variables"]["SKYFEED_PUBLISH_QUEUE"]


@breaks("every_function_is_watched")
def nobody_hears_of_throttling(template):
    del template["Resources"]["TileThrottleAlarm"]
    body = properties(template, "Dashboard")["DashboardBody"]
    body["Fn::Sub"] = body["Fn::Sub"].replace("TileThrottleAlarm", "TileErrorAlarm")


@breaks("a_schedule_that_fails_is_told")
def what_the_schedule_could_not_deliver_is_lost(template):
    del event(template, "FetchFunction", "Refresh")["DeadLetterConfig"]


@breaks("a_schedule_that_fails_is_told")
def what_came_of_a_refresh_is_lost(template):
    del properties(template, "FetchFunction")["EventInvokeConfig"]["DestinationConfig"]


@breaks("a_schedule_that_fails_is_told")
def nobody_hears_of_a_schedule_that_fails(template):
    properties(template, "ScheduleAlarm")["Dimensions"][0]["Value"] = "another"


@breaks("silence_is_told")
def no_news_is_good_news(template):
    properties(template, "RefreshAlarm")["TreatMissingData"] = "notBreaching"


@breaks("silence_is_told", RefreshAlarmHours=0)
def an_alarm_cannot_be_switched_off(template):
    del template["Resources"]["RefreshAlarm"]["Condition"]


@breaks("silence_is_told")
def the_wrong_studies_wait(template):
    properties(template, "ReviewAlarm")["Metrics"][1]["MetricStat"]["Metric"]["MetricName"] = "SinceFetchedSeconds"


@breaks("silence_is_told", NothingFetchedDays=30)
def it_is_told_on_the_first_day(template):
    properties(template, "NothingFetchedAlarm")["Threshold"] = 1


@breaks("the_schedule_is_one_rule_and_asks_the_source_unless_told_not_to")
def the_schedule_is_none_of_eventbridge(template):
    properties(template, "FetchFunction")["Events"]["Refresh"] = {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(1 hour)"}}


@breaks("the_schedule_is_one_rule_and_asks_the_source_unless_told_not_to", RefreshState="DISABLED")
def the_source_is_asked_all_the_same(template):
    del event(template, "FetchFunction", "Refresh")["Input"]
