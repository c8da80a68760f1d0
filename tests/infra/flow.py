"""How things of a stack lead to each other."""

# The logical names of the functions.
FUNCTIONS = {"fetch": "FetchFunction", "tile": "TileFunction", "publish": "PublishFunction", "reindex": "ReindexFunction"}


def queues_by_arn(stack):
    return {stack.attribute(name, "Arn"): name for name in stack.of_type("AWS::SQS::Queue")}


def dead_letter_queues(stack):
    """The queue of dead letters of each queue that has one, by ARN."""
    queues = stack.of_type("AWS::SQS::Queue")
    return {
        stack.attribute(name, "Arn"): properties["RedrivePolicy"]["deadLetterTargetArn"]
        for name, properties in queues.items()
        if "RedrivePolicy" in properties
    }


def event_sources(stack):
    """The mappings from a queue to a function: name, properties, logical name of the function."""
    names = {properties["FunctionName"]: name for name, properties in stack.of_type("AWS::Lambda::Function").items()}
    for name, properties in stack.of_type("AWS::Lambda::EventSourceMapping").items():
        yield name, properties, names[properties["FunctionName"]]


def notifications(stack):
    """What sets off messages: the ARN that keys begin with, and the queue's ARN."""
    for name, properties in stack.of_type("AWS::S3::Bucket").items():
        for rule in properties.get("NotificationConfiguration", {}).get("QueueConfigurations", []):
            filters = rule.get("Filter", {}).get("S3Key", {}).get("Rules", [])
            prefix = next((item["Value"] for item in filters if item["Name"].lower() == "prefix"), "")
            yield f"{stack.attribute(name, 'Arn')}/{prefix}", rule["Queue"]


def alarms_on(stack, namespace, metric, dimension, value, periods=1):
    """The alarms that watch a metric and tell somebody at its first point above the threshold, or after more of them."""
    for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items():
        watched = (alarm.get("Namespace"), alarm.get("MetricName"), alarm.get("Dimensions"))
        if watched == (namespace, metric, [{"Name": dimension, "Value": value}]) and alarm.get("AlarmActions"):
            if alarm["ComparisonOperator"] == "GreaterThanThreshold" and alarm["EvaluationPeriods"] == periods:
                yield name, alarm
