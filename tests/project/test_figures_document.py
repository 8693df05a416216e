"""docs/figures.md: every figure names the test that recomputes it, and these tests are there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/figures.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)*)`")


def is_there(path, parts):
    """Whether a file has these definitions within each other, the last of them a test or tests."""
    if not (ROOT / path).is_file():
        return False
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    for part in parts:
        definitions = [each for each in body if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == part]
        if not definitions or not part.lower().startswith("test"):
            return False
        body = definitions[0].body
    return True


def test_every_test_that_is_named_is_there():
    named = [(path, parts.split("::")[1:]) for path, parts in NAMED.findall(TEXT)]
    assert len(named) > 40
    assert [(path, *parts) for path, parts in named if not is_there(path, parts)] == []
    assert not is_there("tests/core/test_figures.py", ["TestTheRunsFigures", "test_of_nothing"])
    assert not is_there("tests/core/test_no_such_file.py", [])


def test_every_figure_names_a_test():
    rows = [
        line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| Figure |", "| Where |"))
    ]
    assert len(rows) > 40
    assert [row for row in rows if not NAMED.search(row.rsplit("|", 2)[1])] == []
