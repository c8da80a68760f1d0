"""Queues: how long messages wait, where they go when given up, and who is told."""

from access import statements_on_resources
from flow import alarms_on, dead_letter_queues, event_sources, notifications, queues_by_arn
from rules.registry import rule
from stack import ACCOUNT

TWO_WEEKS = 14 * 24 * 60 * 60


@rule
def messages_stay_invisible_for_six_runs(stack):
    queues, functions = queues_by_arn(stack), stack.of_type("AWS::Lambda::Function")
    for name, source, function in event_sources(stack):
        queue = stack.of_type("AWS::SQS::Queue")[queues[source["EventSourceArn"]]]
        visible_after, longest = int(queue.get("VisibilityTimeout", 30)), int(functions[function].get("Timeout", 3))
        if visible_after < 6 * longest:
            yield f"{name}: messages are visible again after {visible_after} s, while {function} may run {longest} s"


@rule
def every_queue_has_dead_letters_and_an_alarm(stack):
    dead = dead_letter_queues(stack)
    for arn, name in queues_by_arn(stack).items():
        properties = stack.of_type("AWS::SQS::Queue")[name]
        if int(properties.get("MessageRetentionPeriod", 0)) != TWO_WEEKS:
            yield f"{name} does not keep its messages for two weeks"
        # What lies there was told by other alarms, and there is nothing to do with it but to look.
        if name == "ScheduleDeadQueue":
            continue
        if arn in dead.values():
            watching = alarms_on(stack, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", properties["QueueName"])
            if not any(float(alarm["Threshold"]) == 0 for _, alarm in watching):
                yield f"{name} has dead letters and no alarm"
        elif dead.get(arn) not in queues_by_arn(stack):
            yield f"{name} has no queue for dead letters"
        elif int(properties["RedrivePolicy"]["maxReceiveCount"]) != int(stack.parameters["MaxReceives"]):
            yield f"{name} does not give up after MaxReceives"


@rule
def batches_fail_in_part(stack):
    for name, source, _ in event_sources(stack):
        if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name}: one bad message fails its whole batch"


@rule
def functions_run_in_bounded_numbers(stack):
    for name, source, _ in event_sources(stack):
        if not 2 <= int(source.get("ScalingConfig", {}).get("MaximumConcurrency", 0)) <= 1000:
            yield f"{name}: no MaximumConcurrency"


@rule
def every_function_is_fed(stack):
    fed = [function for _, _, function in event_sources(stack)]
    for name in stack.of_type("AWS::Lambda::Function"):
        if fed.count(name) != 1:
            yield f"{name} has {fed.count(name)} queues"


@rule
def queues_take_notifications_of_the_work_bucket_only(stack):
    work = stack.attribute("WorkBucket", "Arn")
    notified = {queue for _, queue in notifications(stack)}
    covered = set()
    for name, policy in stack.of_type("AWS::SQS::QueuePolicy").items():
        for statement in [one for one in statements_on_resources(stack) if one.where.startswith(f"{name}:") and one.effect != "Deny"]:
            if name == "ScheduleDeadQueuePolicy":
                schedule = {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/feed-refresh"}}
                if (statement.principal, statement.actions, statement.condition) != ({"Service": "events.amazonaws.com"}, ("sqs:SendMessage",), schedule):
                    yield f"{statement.where} lets in more than the schedule"
                continue
            wanted = {"ArnEquals": {"aws:SourceArn": work}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
            covered.update(statement.resources)
            if (statement.principal, statement.actions, statement.condition) != ({"Service": "s3.amazonaws.com"}, ("sqs:SendMessage",), wanted):
                yield f"{statement.where} lets in more than notifications of the work bucket"
            if [stack.attribute(queues_by_arn(stack)[arn], "Arn") for arn in statement.resources] != list(statement.resources):
                yield f"{statement.where} is not about one queue"
    for arn in notified ^ covered:
        yield f"{arn} is notified without being allowed, or allowed without being notified"
