"""Ways to break the template: at least one for each rule, in a module of the same name."""

from breaks import functions, names, permissions, queues, storage
from breaks.registry import BREAKS

__all__ = ["BREAKS", "functions", "names", "permissions", "queues", "storage"]
