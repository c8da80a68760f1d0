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
def the_schedule_is_a_rule_that_can_be_switched_off(stack):
    rules = stack.of_type("AWS::Events::Rule")
    fetch = stack.attribute(FUNCTIONS["fetch"], "Arn")
    fires = [rule for rule in rules.values() if [target["Arn"] for target in rule["Targets"]] == [fetch]]
    wanted = (stack.parameters["RefreshRate"], stack.parameters["RefreshState"])
    if len(rules) != 1 or [(rule.get("ScheduleExpression"), rule.get("State")) for rule in fires] != [wanted]:
        yield "there is not exactly one rule, which sets off fetch as the parameters say"
