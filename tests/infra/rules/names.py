"""Names and parameters."""

import re

from flow import FUNCTIONS
from rules.registry import rule
from stack import ACCOUNT


@rule
def names_are_those_that_people_and_programs_look_for(stack):
    there = {
        name: next((resource["Properties"].get(key) for key in ("FunctionName", "QueueName", "BucketName", "TableName") if key in resource["Properties"]), None)
        for name, resource in stack.resources.items()
        if "Properties" in resource
    }
    wanted = {"WorkBucket": f"feed-work-{ACCOUNT}", "SiteBucket": f"feed-site-{ACCOUNT}"}
    for verb, function in FUNCTIONS.items():
        queue = function.replace("Function", "Queue")
        wanted |= {function: f"feed-{verb}", queue: f"feed-{verb}", queue.replace("Queue", "DeadQueue"): f"feed-{verb}-dead"}
    if not stack.parameters["LedgerTable"]:
        wanted["LedgerOfFeed"] = "feed-ledger"
    for name, expected in wanted.items():
        if there.get(name) != expected:
            yield f"{name} is called {there.get(name)}, not {expected}"
    if ("LedgerOfFeed" in stack.resources) is bool(stack.parameters["LedgerTable"]):
        yield "there is a table although another is to be used, or none although none is named"


@rule
def every_parameter_is_used(stack):
    used = set(_names_in({key: part for key, part in stack.source.items() if key not in ("Parameters", "Metadata")}))
    for name in stack.source["Parameters"]:
        if name not in used:
            yield f"parameter {name} has no effect"
    groups = stack.source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]
    if sorted(shown) != sorted(stack.source["Parameters"]):
        yield f"not every parameter is in one group: {sorted(set(shown) ^ set(stack.source['Parameters']))}"


def _names_in(value):
    if isinstance(value, list):
        for item in value:
            yield from _names_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref":
                yield item
            elif key == "Fn::Sub":
                text = item if isinstance(item, str) else item[0]
                yield from re.findall(r"\$\{(\w+)\}", text)
                yield from _names_in(item)
            else:
                yield from _names_in(item)
