"""Roles: each function does its own work and sets off the next, never itself."""

import re

from access import all_statements, may_begin_with, role_of, statements_of_function, statements_of_policy
from flow import FUNCTIONS, event_sources, notifications, queues_by_arn
from rules.registry import rule
from stack import ACCOUNT

ACTIONS = {
    *("s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"),
    *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:SendMessage"),
    *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"),
    *("logs:CreateLogStream", "logs:PutLogEvents"),
    *("kms:Decrypt", "kms:GenerateDataKey"),
}

# Decisions with a number and under the own name. What begins with no digit is of the first edition, whose names prove nothing.
OWN_DECISIONS = r"decisions/\*/\*/[0-9]\*-\$\{aws:username\}\.json"
LOOKING = {"s3:ListBucket", "s3:GetObject", "dynamodb:GetItem", "dynamodb:Query"}
KEY = {"kms:Decrypt", "kms:GenerateDataKey"}


@rule
def no_wildcards(stack):
    """An object's ARN may have a `*` below a named folder, stand for files of a name or kind in any folder, or for a reviewer's decisions; nothing else may."""
    for statement in all_statements(stack):
        # What is denied may be as broad as it likes.
        if statement.effect == "Deny":
            continue
        for action in statement.actions:
            if "*" in action or "?" in action:
                yield f"{statement.where}: action {action}"
        if not statement.resources:
            yield f"{statement.where}: no resource"
        for resource in statement.resources:
            if not _is_narrow(stack, statement, resource):
                yield f"{statement.where}: resource {resource}"


def _is_narrow(stack, statement, resource):
    if "?" in resource:
        return False
    if "*" not in resource:
        return True
    log_groups = stack.of_type("AWS::Logs::LogGroup")
    if resource in [stack.attribute(name, "Arn") for name in log_groups]:
        return True
    site = stack.attribute("SiteBucket", "Arn")
    if resource == f"{site}/*":
        return statement.principal is not None and statement.actions == ("s3:GetObject",)
    if resource == f"{site}/*/*":
        # Files of any name in the folders of images, which a takedown of another program's image keeps and takes; the index lies in no folder.
        return statement.where.startswith("PublishRole/site:") and statement.actions in {("s3:GetObject",), ("s3:DeleteObject",)}
    for name in stack.of_type("AWS::S3::Bucket"):
        key = resource.removeprefix(f"{stack.attribute(name, 'Arn')}/")
        if key != resource:
            return re.fullmatch(rf"[a-z-]+/\*|\*/[*]?[a-z_]*\.[a-z]+|{OWN_DECISIONS}", key) is not None
    return False


@rule
def roles_have_only_policies_of_this_template(stack):
    ours = {stack.ref(name) for name in stack.of_type("AWS::IAM::ManagedPolicy")}
    for name, function in stack.of_type("AWS::Lambda::Function").items():
        if role_of(stack, name) is None:
            yield f"{name} has a role from elsewhere: {function['Role']}"
    for name, role in stack.of_type("AWS::IAM::Role").items():
        for arn in set(role.get("ManagedPolicyArns", [])) - ours:
            yield f"{name} has the policy {arn}"


@rule
def roles_do_nothing_but_the_work_of_this_feed(stack):
    """What no function does, such as invoking functions or changing policies, none may do; and none may touch what is of another feed."""
    table = stack.parameters["LedgerTable"] or "feed-ledger"
    where = {
        "s3": [stack.attribute(name, "Arn") for name in ("WorkBucket", "SiteBucket")],
        "sqs": list(queues_by_arn(stack)),
        "dynamodb": [f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{table}"],
        "logs": [stack.attribute(name, "Arn") for name in stack.of_type("AWS::Logs::LogGroup")],
        "kms": [key for key in [stack.parameters["KmsKey"]] if key],
    }
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["feed/*" if stack.parameters["LedgerTable"] else "/*"]}}
    for function in stack.of_type("AWS::Lambda::Function"):
        for statement in statements_of_function(stack, function):
            for action in set(statement.actions) - ACTIONS:
                yield f"{statement.where}: {action} is no work of a function"
            for service in {action.split(":")[0] for action in statement.actions}:
                for resource in statement.resources:
                    if not any(resource == arn or resource.startswith(f"{arn}/") for arn in where.get(service, ())):
                        yield f"{statement.where}: {resource} is not of this feed"
                if service == "dynamodb" and statement.condition != keys:
                    yield f"{statement.where}: the keys are not those of this feed alone"


@rule
def reviewers_look_and_add_decisions_of_their_own(stack):
    """The policy for people: it writes decisions under the own name that are not there yet, and nothing else."""
    work, keys = stack.attribute("WorkBucket", "Arn"), "feed/*" if stack.parameters["LedgerTable"] else "/*"
    if stack.outputs.get("ReviewerPolicyArn") != stack.ref("ReviewerPolicy"):
        yield "no output says which policy is for reviewers"
    for statement in statements_of_policy(stack, "ReviewerPolicy"):
        if statement.actions == ("s3:PutObject",):
            if any(not re.fullmatch(OWN_DECISIONS, resource.removeprefix(f"{work}/")) for resource in statement.resources):
                yield f"{statement.where}: writes more than own decisions"
            if statement.condition != {"Null": {"s3:if-none-match": "false"}}:
                yield f"{statement.where}: decisions may be replaced"
            continue
        if set(statement.actions) == KEY and statement.resources == (stack.parameters["KmsKey"],):
            continue
        for action in set(statement.actions) - LOOKING:
            yield f"{statement.where}: {action} does more than look"
        if any(action.startswith("dynamodb:") for action in statement.actions):
            if statement.condition != {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [keys]}}:
                yield f"{statement.where}: the ledgers of other feeds may be read"


@rule
def every_function_has_a_role_of_its_own(stack):
    roles = [role_of(stack, name) for name in stack.of_type("AWS::Lambda::Function")]
    for role in roles:
        if roles.count(role) > 1:
            yield f"{role} serves {roles.count(role)} functions"


@rule
def roles_are_bounded_where_the_account_demands_it(stack):
    wanted = stack.parameters["PermissionsBoundary"] or None
    for name, role in stack.of_type("AWS::IAM::Role").items():
        if role.get("PermissionsBoundary") != wanted:
            yield f"{name} is bounded by {role.get('PermissionsBoundary')}"


@rule
def whoever_works_may_use_the_key(stack):
    """All of it and nothing else, if there is a key."""
    key = stack.parameters["KmsKey"]
    for function in stack.of_type("AWS::Lambda::Function"):
        statements = statements_of_function(stack, function)
        if bool(key) is not all(any(statement.allows(action, key) for statement in statements) for action in KEY):
            yield f"{function} and the key {key or 'that is none'}"


@rule
def nothing_triggers_itself(stack):
    """A function may not set itself off, nor by way of others, but for fetch, which sends to its own queue."""
    fed_by = {source["EventSourceArn"]: function for _, source, function in event_sources(stack)}
    leads_to = {function: set() for function in stack.of_type("AWS::Lambda::Function")}
    for function, targets in leads_to.items():
        for statement in statements_of_function(stack, function):
            if statement.effect != "Allow":
                continue
            for resource in statement.resources:
                if any(action.startswith(("s3:Put", "s3:*", "s3:Re")) for action in statement.actions):
                    targets.update(fed_by.get(queue) for prefix, queue in notifications(stack) if may_begin_with(resource, prefix))
                if any(action in ("sqs:SendMessage", "sqs:*") for action in statement.actions):
                    if not (function == FUNCTIONS["fetch"] and fed_by.get(resource) == function):
                        targets.update(to for queue, to in fed_by.items() if may_begin_with(resource, queue))
    for function in leads_to:
        reached, new = set(), set(leads_to[function])
        while new:
            reached |= new
            new = {further for name in new for further in leads_to.get(name, ())} - reached
        if function in reached:
            yield f"{function} can set itself off"


@rule
def only_fetch_sends_and_only_to_those_that_send_no_further(stack):
    """Its own messages and those of a catch-up; nothing sends to fetch but fetch, so nothing can go round."""
    queues = {source["EventSourceArn"] for _, source, _ in event_sources(stack)} | {stack.attribute("ScheduleDeadQueue", "Arn")}
    for function in stack.of_type("AWS::Lambda::Function"):
        for statement in statements_of_function(stack, function):
            if any(action in ("sqs:SendMessage", "sqs:*", "*") for action in statement.actions):
                if function != FUNCTIONS["fetch"] or not set(statement.resources) <= queues:
                    yield f"{statement.where}: {function} may send to {', '.join(statement.resources)}"
