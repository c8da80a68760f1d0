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


@breaks("the_schedule_is_a_rule_that_can_be_switched_off")
def the_schedule_is_none_of_eventbridge(template):
    properties(template, "FetchFunction")["Events"]["Refresh"] = {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(1 hour)"}}


@breaks("the_schedule_is_a_rule_that_can_be_switched_off", RefreshState="DISABLED")
def the_schedule_cannot_be_switched_off(template):
    del event(template, "FetchFunction", "Refresh")["State"]
