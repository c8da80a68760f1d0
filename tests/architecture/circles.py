#!/usr/bin/env python3
"""Finds circles between the modules of each crate, from their `use` lines and paths.

A module is a file or folder directly below the root of its crate, or below another module folder: on each level, what one of them uses of its siblings must not lead back
to it. A parent that names its children (`mod.rs`, `lib.rs`, `main.rs`), and children that use what stands in the parent itself, are no circle. Tests in a module do not
count.

    tests/architecture/circles.py [FOLDER ...]        # exit code 1 and the circles, if there are any
"""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOTS = ["lib.rs", "main.rs"]


def crates(root: Path) -> list[Path]:
    """The folders with the root file of a crate."""
    files = subprocess.check_output(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.rs"], text=True, cwd=root).split("\n")
    return sorted({(root / file).parent for file in files if Path(file).name in ROOTS and "tests/" not in file})


def code(path: Path) -> str:
    """The text without comments, strings and the tests at its end."""
    text = path.read_text(encoding="utf-8")
    text = re.split(r"(?m)^#\[cfg\(test\)\]\nmod ", text)[0]
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)


def expand(tree: str) -> list[str]:
    """The paths of a use tree such as `a::{b, c::{d, e}}`."""
    tree = tree.strip()
    if "{" not in tree:
        return [re.sub(r"\s+as\s+\w+$", "", tree)]
    head, rest = tree.split("{", 1)
    body = rest[: rest.rindex("}")]
    paths, depth, item = [], 0, ""
    for char in body + ",":
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            if item.strip():
                paths += [head + path for path in expand(item)]
            item = ""
        else:
            item += char
    return paths


def module_of(file: Path, crate: Path) -> list[str]:
    parts = list(file.relative_to(crate).with_suffix("").parts)
    if parts[-1] in ("mod", "lib", "main"):
        parts.pop()
    return parts


def uses(file: Path, crate: Path) -> set[tuple[str, ...]]:
    """Absolute paths within the crate that a file names."""
    text, here = code(file), module_of(file, crate)
    trees = re.findall(r"(?m)^\s*(?:pub(?:\([a-z ]+\))?\s+)?use\s+((?:crate|super|self)::[^;]+);", text)
    paths = [path for tree in trees for path in expand(tree)]
    paths += re.findall(r"\b(?:crate|super)(?:::\w+)+", re.sub(r"(?m)^\s*(?:pub[^\n]*)?use\s+[^;]+;", "", text))
    found = set()
    for path in paths:
        parts = [part.strip() for part in path.split("::")]
        base = list(here)
        if parts[0] == "crate":
            base, parts = [], parts[1:]
        elif parts[0] == "self":
            parts = parts[1:]
        while parts and parts[0] == "super":
            base, parts = base[:-1], parts[1:]
        found.add(tuple(base + parts))
    return found


def circles(crate: Path) -> list[str]:
    files = sorted(crate.rglob("*.rs"))
    modules = {tuple(module_of(file, crate)) for file in files}
    modules |= {module[:length] for module in modules for length in range(len(module))}
    edges = defaultdict(lambda: defaultdict(set))
    for file in files:
        here = tuple(module_of(file, crate))
        for path in uses(file, crate):
            target = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in modules), ())
            common = 0
            while common < min(len(here), len(target)) and here[common] == target[common]:
                common += 1
            if common < len(here) and common < len(target):
                edges[here[:common]][here[common]].add((target[common], file))
    return [circle for parent, graph in sorted(edges.items()) for circle in of_graph(crate, parent, graph)]


def of_graph(crate: Path, parent: tuple[str, ...], graph) -> list[str]:
    """The strongly connected parts of more than one module, by Tarjan's algorithm."""
    index, low, stack, on_stack, found = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for target, _ in graph.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in on_stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            part = []
            while not part or part[-1] != node:
                part.append(stack.pop())
                on_stack.discard(part[-1])
            if len(part) > 1:
                inside = sorted({f"{node} → {target} ({file.name})" for node in part for target, file in graph.get(node, ()) if target in part})
                found.append(f"{crate}{''.join('/' + name for name in parent)}: {', '.join(sorted(part))}\n    " + "\n    ".join(inside))

    for node in list(graph):
        if node not in index:
            visit(node)
    return found


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    found = [circle for crate in ([Path(arg) for arg in sys.argv[1:]] or crates(root)) for circle in circles(crate)]
    for circle in found:
        print(str(circle).replace(str(root) + "/", ""))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
