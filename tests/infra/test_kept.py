"""What a deleted stack leaves is what infra/kept.yaml lets a new one take over."""

import unittest

from samtranslator.yaml_helper import yaml_parse

from stack import TEMPLATE, parse

POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")


class Kept(unittest.TestCase):
    def test_is_all_that_outlives_the_stack_under_the_same_names(self):
        kept = yaml_parse(TEMPLATE.with_name("kept.yaml").read_text(encoding="utf-8"))["Resources"]
        whole = parse()["Resources"]
        self.assertEqual({name for name, it in whole.items() if "DeletionPolicy" in it}, set(kept))
        for name, resource in kept.items():
            of_whole = whole[name]
            with self.subTest(resource=name):
                self.assertEqual({key: of_whole[key] for key in ("Type", *POLICIES)}, {key: resource[key] for key in ("Type", *POLICIES)})
                for key, value in resource["Properties"].items():
                    self.assertEqual(of_whole["Properties"][key], value)


if __name__ == "__main__":
    unittest.main()
