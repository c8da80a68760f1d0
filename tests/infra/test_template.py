"""The template keeps every rule, with whatever parameters it is deployed."""

import unittest

from rules import RULES
from stack import Stack, parse


def variants():
    """The choices of the template, and each allowed timeout."""
    for site in ("cloudfront", "public-bucket"):
        for ledger in ("", "shared-ledger"):
            yield {"SiteAccess": site, "LedgerTable": ledger}
    yield {"RefreshState": "DISABLED"}
    yield {"RefreshAlarmHours": 0, "ReviewDays": 0, "NothingFetchedDays": 30}
    for site in ("cloudfront", "public-bucket"):
        key, boundary = "arn:aws:kms:us-east-1:123456789012:key/1", "arn:aws:iam::123456789012:policy/boundary"
        yield {"SiteAccess": site, "KmsKey": key, "PermissionsBoundary": boundary, "AccessLogBucket": "logs", "DeletionProtection": "true"}
    yield {"AlarmEmail": "on-call@example.org", "MonthlyBudget": 50}
    yield {"SiteDomain": "feed.example.org", "SiteCertificate": "arn:aws:acm:us-east-1:123456789012:certificate/1", "AlarmEmail": "on-call@example.org"}
    timeouts = ("FetchTimeout", "TileTimeout", "PublishTimeout", "ReindexTimeout")
    for seconds in parse()["Parameters"]["TileTimeout"]["AllowedValues"]:
        yield dict.fromkeys(timeouts, seconds)


class TheTemplate(unittest.TestCase):
    def test_keeps_every_rule(self):
        template = parse()
        for parameters in variants():
            stack = Stack(template, **parameters)
            for name, rule in RULES.items():
                with self.subTest(rule=name, **parameters):
                    self.assertEqual([], list(rule(stack)))

    def test_lets_every_timeout_be_chosen_from_the_same_values(self):
        template = parse()
        for function in ("Fetch", "Tile", "Publish", "Reindex"):
            values = template["Parameters"][f"{function}Timeout"]["AllowedValues"]
            self.assertEqual(list(template["Mappings"]["VisibilityTimeout"]), values)


if __name__ == "__main__":
    unittest.main()
