"""Functions: what they are built from, what they are told, and who watches them."""

from flow import FUNCTIONS, alarms_on, event_sources, queues_by_arn
from rules.registry import rule
from stack import ACCOUNT


@rule
def functions_are_built_by_cargo_lambda(stack):
    for verb, name in FUNCTIONS.items():
        function, source = stack.resources[name], stack.source["Resources"][name]
        if function.get("Metadata") != {"BuildMethod": "rust-cargolambda", "BuildProperties": {"Binary": verb}}:
            yield f"{name} is not built from the binary {verb}"
        if source["Properties"].get("CodeUri") != f"../functions/{verb}":
            yield f"{name} is not in functions/{verb}"
        properties = function["Properties"]
        if (properties["Runtime"], properties["Architectures"]) != ("provided.al2023", [stack.parameters["Architecture"]]):
            yield f"{name} runs on {properties['Runtime']}, {properties['Architectures']}"
        for what, parameter in [("MemorySize", "Memory"), ("Timeout", "Timeout")]:
            if properties[what] != stack.parameters[name.replace("Function", parameter)]:
                yield f"{name}: {what} is not its parameter"
        if properties["EphemeralStorage"] != {"Size": stack.parameters[name.replace("Function", "Storage")]}:
            yield f"{name}: its storage is not its parameter"


@rule
def functions_have_the_environment_that_they_read(stack):
    feed = stack.parameters["LedgerTable"] and "/feed"
    wanted = {
        "SKYFEED_WORK": f"s3://feed-work-{ACCOUNT}",
        "SKYFEED_SITE": f"s3://feed-site-{ACCOUNT}",
        "SKYFEED_LEDGER": f"dynamodb://{stack.parameters['LedgerTable'] or 'feed-ledger'}{feed}",
        "SKYFEED_LOG": stack.parameters["LogFilter"],
    }
    outputs = {"SKYFEED_WORK": "WorkUrl", "SKYFEED_SITE": "SiteUrl", "SKYFEED_LEDGER": "LedgerUrl"}
    for variable, output in outputs.items():
        if stack.outputs[output] != wanted[variable]:
            yield f"output {output} is {stack.outputs[output]}"
    for verb, name in FUNCTIONS.items():
        queue = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/feed-{verb}"
        its = wanted | {"SKYFEED_QUEUE": queue}
        if verb == "tile":
            its["SKYFEED_DISK_MB"] = stack.parameters["TileStorage"]
        if verb == "fetch":
            its |= {f"SKYFEED_{other.upper()}_QUEUE": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/feed-{other}" for other in ("tile", "publish", "reindex")}
            its["SKYFEED_CATCH_UP_SECONDS"] = stack.parameters["CatchUpAfter"]
        there = stack.of_type("AWS::Lambda::Function")[name].get("Environment", {}).get("Variables", {})
        if there != its:
            yield f"{name} has {sorted(there.items() ^ its.items())}"


@rule
def every_function_is_watched(stack):
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        for namespace, metric in [("AWS/Lambda", "Errors"), ("Skyfeed", "FailedPermanent"), ("Skyfeed", "Unreadable")]:
            watching = alarms_on(stack, namespace, metric, "FunctionName", function["FunctionName"])
            if not any(float(alarm["Threshold"]) == 0 for _, alarm in watching):
                yield f"{name} has no alarm on {metric}"
        # New ones are held back for moments while they start.
        if not any(alarms_on(stack, "AWS/Lambda", "Throttles", "FunctionName", function["FunctionName"], periods=3)):
            yield f"{name} has no alarm on Throttles"
    for name, source, _ in event_sources(stack):
        queue = stack.of_type("AWS::SQS::Queue")[queues_by_arn(stack)[source["EventSourceArn"]]]["QueueName"]
        if not any(alarms_on(stack, "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue)):
            yield f"{name}: no alarm on the age of messages"


@rule
def logs_are_kept_for_a_set_time(stack):
    groups = {properties["LogGroupName"]: properties for properties in stack.of_type("AWS::Logs::LogGroup").values()}
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        group = groups.get(function.get("LoggingConfig", {}).get("LogGroup"), {})
        if str(group.get("RetentionInDays")) != str(stack.parameters["LogRetention"]):
            yield f"{name}: no log group with LogRetention"
        elif group["LogGroupName"] != f"/aws/lambda/{function['FunctionName']}":
            yield f"{name} logs to {group['LogGroupName']}"


@rule
def the_schedule_is_one_rule_and_asks_the_source_unless_told_not_to(stack):
    rules = stack.of_type("AWS::Events::Rule")
    fetch = stack.attribute(FUNCTIONS["fetch"], "Arn")
    fires = [rule for rule in rules.values() if [target["Arn"] for target in rule["Targets"]] == [fetch]]
    if len(rules) != 1 or [(rule.get("ScheduleExpression"), rule.get("State")) for rule in fires] != [(stack.parameters["RefreshRate"], "ENABLED")]:
        yield "there is not exactly one rule, which sets off fetch as the parameters say"
    wanted = None if stack.parameters["RefreshState"] == "ENABLED" else '{"catch-up": true}'
    if any(target.get("Input") != wanted for rule in fires for target in rule["Targets"]):
        yield f"the schedule asks for something else than {wanted or 'a refresh'}"


@rule
def a_schedule_that_fails_is_told(stack):
    dead, told = stack.attribute("ScheduleDeadQueue", "Arn"), "feed-refresh"
    for name, rule in stack.of_type("AWS::Events::Rule").items():
        if rule.get("Name") != told or not any(alarms_on(stack, "AWS/Events", "FailedInvocations", "RuleName", told)):
            yield f"{name} has no alarm on what it could not invoke"
        if any(target.get("DeadLetterConfig", {}).get("Arn") != dead for target in rule["Targets"]):
            yield f"{name} keeps nothing of what it could not invoke"
    configs = stack.of_type("AWS::Lambda::EventInvokeConfig").values()
    if [(one.get("MaximumRetryAttempts"), one.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")) for one in configs] != [(0, dead)]:
        yield "a failed refresh leaves nothing"


@rule
def silence_is_told(stack):
    """No refresh, no image, no decision, for as long as the parameters say."""
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    asks = stack.parameters["RefreshState"] == "ENABLED"
    wanted = {
        "RefreshAlarm": asks and stack.parameters["RefreshAlarmHours"],
        "NothingFetchedAlarm": asks and stack.parameters["NothingFetchedDays"],
        "ReviewAlarm": stack.parameters["ReviewDays"],
    }
    for name, limit in wanted.items():
        if (name in alarms) is not bool(limit):
            yield f"{name} is there although it is off, or not although it is on"
    if refresh := alarms.get("RefreshAlarm"):
        told = (refresh["MetricName"], refresh["ComparisonOperator"], refresh["Threshold"], refresh["TreatMissingData"], refresh["Period"], refresh["EvaluationPeriods"])
        if told != ("Refreshes", "LessThanThreshold", 1, "breaching", 3600, wanted["RefreshAlarm"]):
            yield f"RefreshAlarm does not see silence: {told}"
    for name, metric in [("NothingFetchedAlarm", "SinceFetchedSeconds"), ("ReviewAlarm", "OldestWaitingSeconds")]:
        if alarm := alarms.get(name):
            watched = [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]
            of_fetch = [{"Name": "FunctionName", "Value": "feed-fetch"}]
            if watched != [{"Namespace": "Skyfeed", "MetricName": metric, "Dimensions": of_fetch}] or alarm["Threshold"] != wanted[name]:
                yield f"{name} watches {watched}"
    for name, alarm in alarms.items():
        if not alarm.get("AlarmActions"):
            yield f"{name} tells nobody"
