"""What must hold in every feed's stack, by subject."""

from rules import functions, names, permissions, queues, storage
from rules.registry import RULES

__all__ = ["RULES", "functions", "names", "permissions", "queues", "storage"]
