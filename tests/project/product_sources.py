"""The product's sources, parsed once for all tests that look at them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "joml_tui").rglob("*.py"), *(ROOT / "engine").rglob("*.py")])


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a source."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """Return all nodes of a source's syntax tree."""
    return list(ast.walk(tree_of(path)))
