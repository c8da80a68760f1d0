"""The template of a feed as CloudFormation sees it: translated by SAM, parameters filled in, conditions decided."""

import copy
import logging
import os
import re
from pathlib import Path

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

# SAM counts what it does and warns that it sent the numbers nowhere.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"

ACCOUNT = "123456789012"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "feed",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


def parse():
    """The template as it is written."""
    return yaml_parse(TEMPLATE.read_text(encoding="utf-8"))


class Stack:
    """What a template becomes with these parameters; the others have their defaults."""

    def __init__(self, template, **parameters):
        self.source = template
        template = copy.deepcopy(template)
        self.parameters = {name: parameter["Default"] for name, parameter in template["Parameters"].items()} | parameters
        self._template = _translate(template, self.parameters)
        self._conditions = {name: self._decide(condition) for name, condition in self._template["Conditions"].items()}
        there = {name: resource for name, resource in self._template["Resources"].items() if self._exists(resource)}
        self.resources = {name: self._resolve(resource) for name, resource in there.items()}
        outputs = {name: output for name, output in self._template["Outputs"].items() if self._exists(output)}
        self.outputs = {name: self._resolve(output["Value"]) for name, output in outputs.items()}

    def of_type(self, kind):
        """The properties of all resources of a type, by logical name."""
        return {name: resource.get("Properties", {}) for name, resource in self.resources.items() if resource["Type"] == kind}

    def _exists(self, thing):
        return "Condition" not in thing or self._conditions[thing["Condition"]]

    def _decide(self, condition):
        if not isinstance(condition, dict):
            raise TypeError(f"not a condition: {condition}")
        [(function, arguments)] = condition.items()
        match function:
            case "Condition":
                return self._decide(self._template["Conditions"][arguments])
            case "Fn::Equals":
                left, right = map(self._resolve, arguments)
                return left == right
            case "Fn::Not":
                return not self._decide(arguments[0])
            case "Fn::And":
                return all(map(self._decide, arguments))
            case "Fn::Or":
                return any(map(self._decide, arguments))
        raise NotImplementedError(function)

    def _resolve(self, value):
        """Replaces the functions of CloudFormation by what they give."""
        if isinstance(value, list):
            return [item for item in map(self._resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(function, arguments)] = value.items()
            match function:
                case "Ref":
                    return self.ref(arguments)
                case "Fn::GetAtt":
                    path = arguments.split(".", 1) if isinstance(arguments, str) else arguments
                    return self.attribute(*path)
                case "Fn::Sub":
                    return self._substitute(arguments)
                case "Fn::Join":
                    separator, parts = arguments
                    return separator.join(map(self._resolve, parts))
                case "Fn::If":
                    condition, yes, no = arguments
                    return self._resolve(yes if self._conditions[condition] else no)
                case "Fn::FindInMap":
                    mapping, first, second = map(self._resolve, arguments)
                    return self._template["Mappings"][mapping][str(first)][second]
            if function.startswith("Fn::"):
                raise NotImplementedError(function)
        resolved = {key: self._resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _substitute(self, arguments):
        text, names = arguments if isinstance(arguments, list) else (arguments, {})

        def value(match):
            name = match[1]
            if name in names:
                return str(self._resolve(names[name]))
            return str(self.attribute(*name.split(".", 1)) if "." in name else self.ref(name))

        return re.sub(r"\$\{([\w:.]+)\}", value, text)

    def ref(self, name):
        """What `Ref` gives."""
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        resource, properties = self._resource(name)
        named = properties.get(_NAMES.get(resource["Type"]), name)
        match resource["Type"]:
            case "AWS::SQS::Queue":
                return f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{named}"
            case "AWS::IAM::ManagedPolicy":
                return f"arn:aws:iam::{ACCOUNT}:policy/{named}"
            case "AWS::SNS::Topic":
                return f"arn:aws:sns:us-east-1:{ACCOUNT}:{named}"
        return named

    def attribute(self, name, attribute):
        """What `Fn::GetAtt` gives; a text of no meaning for attributes that no rule asks for."""
        resource, properties = self._resource(name)
        kind = resource["Type"]
        named = properties.get(_NAMES.get(kind), name)
        if attribute == "Arn":
            return _ARNS[kind].format(name=named)
        if (kind, attribute) == ("AWS::SQS::Queue", "QueueName"):
            return named
        if (kind, attribute) == ("AWS::S3::Bucket", "RegionalDomainName"):
            return f"{named}.s3.us-east-1.amazonaws.com"
        return f"{name}.{attribute}"

    def _resource(self, name):
        resource = self._template["Resources"][name]
        if not self._exists(resource):
            raise LookupError(f"{name} is named but does not exist with {self.parameters}")
        named = _NAMES.get(resource["Type"])
        properties = resource.get("Properties", {})
        return resource, {named: self._resolve(properties[named])} if named in properties else {}


# The property that gives a resource its name.
_NAMES = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}
_ARNS = {
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{{name}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{{name}}",
    "AWS::Events::Rule": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{{name}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{{name}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{{name}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SQS::Queue": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{{name}}",
}


def _translate(template, parameters):
    """What SAM makes of the template before CloudFormation gets it: mappings of events, rules, permissions, and roles where none is named."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # `sam deploy` uploads the program and writes here where to.
            resource["Properties"]["CodeUri"] = "s3://code/program"
    session = boto3.Session(region_name="us-east-1")
    managed = {"AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"}
    return Translator(managed, Parser(), boto_session=session).translate(template, parameters)
