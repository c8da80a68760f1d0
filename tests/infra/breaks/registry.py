"""The list of ways to break the template, and what they are written with."""

PUBLIC = {"SiteAccess": "public-bucket"}
SHARED = {"LedgerTable": "shared-ledger"}
KEY = {"KmsKey": "arn:aws:kms:us-east-1:123456789012:key/1"}
BREAKS = []


def breaks(rule, **parameters):
    """Adds a change of the template as it is written, with which a rule must complain."""

    def add(change):
        BREAKS.append((rule, change, parameters))
        return change

    return add


def properties(template, name):
    return template["Resources"][name]["Properties"]


def event(template, function, name):
    return properties(template, function)["Events"][name]["Properties"]


def policy(template, role, name):
    [found] = [one for one in properties(template, role)["Policies"] if one["PolicyName"] == name]
    return found["PolicyDocument"]["Statement"]


def allow(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}
