"""Who may do what: the roles and policies of a stack."""

import re
from dataclasses import dataclass, replace


def as_list(value):
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True)
class Statement:
    """A statement of a policy, with the place where it stands."""

    where: str
    effect: str
    actions: tuple
    not_actions: tuple
    resources: tuple
    principal: object
    condition: object

    @classmethod
    def all_in(cls, where, document):
        for number, statement in enumerate(as_list(document["Statement"])):
            yield cls(
                where=f"{where}: {statement.get('Sid', number)}",
                effect=statement["Effect"],
                actions=tuple(as_list(statement.get("Action", "*"))),
                not_actions=tuple(as_list(statement.get("NotAction", ()))),
                resources=tuple(as_list(statement.get("Resource", ()))),
                principal=statement.get("Principal"),
                condition=statement.get("Condition"),
            )

    def allows(self, action, resource):
        return self.effect == "Allow" and self.is_about(action, resource)

    def denies(self, action, resource):
        return self.effect == "Deny" and self.is_about(action, resource)

    def is_about(self, action, resource):
        return action in self.actions and any(matches(pattern, resource) for pattern in self.resources)

    def for_user(self, name):
        """The statement as it holds for an IAM user of this name."""
        return replace(self, resources=tuple(resource.replace("${aws:username}", name) for resource in self.resources))


def matches(pattern, resource):
    """Whether an ARN pattern covers a resource. As in IAM, `*` reaches over slashes."""
    pattern = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(pattern, resource, re.DOTALL) is not None


def may_begin_with(pattern, prefix):
    """Whether a pattern may cover anything that begins with `prefix`; in doubt, yes."""
    literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
    return literal.startswith(prefix) or (literal != pattern and prefix.startswith(literal))


def role_of(stack, function):
    """The logical name of a function's role; `None` if it is none of this stack."""
    arn = stack.of_type("AWS::Lambda::Function")[function]["Role"]
    name = arn.rsplit("/", 1)[-1]
    return name if name in stack.of_type("AWS::IAM::Role") else None


def statements_of_role(stack, role):
    properties = stack.of_type("AWS::IAM::Role")[role]
    for policy in properties.get("Policies", []):
        yield from Statement.all_in(f"{role}/{policy['PolicyName']}", policy["PolicyDocument"])
    for name, policy in stack.of_type("AWS::IAM::ManagedPolicy").items():
        if any(arn.endswith(f":policy/{name}") for arn in properties.get("ManagedPolicyArns", [])):
            yield from Statement.all_in(name, policy["PolicyDocument"])


def statements_of_policy(stack, name):
    return list(Statement.all_in(name, stack.of_type("AWS::IAM::ManagedPolicy")[name]["PolicyDocument"]))


def statements_of_function(stack, function):
    role = role_of(stack, function)
    return list(statements_of_role(stack, role)) if role else []


def statements_on_resources(stack):
    """Policies of buckets, queues and topics."""
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for name, properties in stack.of_type(kind).items():
            yield from Statement.all_in(name, properties["PolicyDocument"])


def all_statements(stack):
    for role in stack.of_type("AWS::IAM::Role"):
        yield from statements_of_role(stack, role)
    for name, policy in stack.of_type("AWS::IAM::ManagedPolicy").items():
        yield from Statement.all_in(name, policy["PolicyDocument"])
    yield from statements_on_resources(stack)
