"""Each rule finds what it is there to find. The template is broken before SAM translates it, so what SAM generates is looked at too."""

import copy
import unittest

from breaks import BREAKS
from rules import RULES
from stack import Stack, parse


class EachRule(unittest.TestCase):
    def test_finds_what_it_is_there_to_find(self):
        template = parse()
        for rule, change, parameters in BREAKS:
            with self.subTest(rule=rule, change=change.__name__):
                self.assertEqual([], list(RULES[rule](Stack(template, **parameters))), "it complains without a reason")
                broken = copy.deepcopy(template)
                change(broken)
                self.assertNotEqual([], list(RULES[rule](Stack(broken, **parameters))))

    def test_can_fail(self):
        self.assertEqual(set(RULES), {rule for rule, _, _ in BREAKS})


if __name__ == "__main__":
    unittest.main()
