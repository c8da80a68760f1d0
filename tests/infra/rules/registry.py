"""The list of rules."""

RULES = {}


def rule(check):
    """Adds a rule: a function that takes a stack and yields what is wrong with it, a text each."""
    RULES[check.__name__] = check
    return check
