"""Textual's private names: each is there in the installed version, and only one module uses them."""

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path

import pytest

from joml_tui.ui.textual_compat import PRIVATE

UI = Path(__file__).parents[2] / "joml_tui" / "ui"


def owner_of(path):
    """Return what has the last part of a path as its attribute, and that part."""
    *above, name = path.split(".")
    parts, module = list(above), "textual"
    while (parts and parts[0][0].islower()) or (parts and parts[0].startswith("_") and not parts[0][1:2].isupper()):
        module += f".{parts.pop(0)}"
    owner = importlib.import_module(module)
    for part in parts:
        owner = getattr(owner, part)
    return owner, name


#: Many of them have the same owners.
source_of = cache(inspect.getsource)


@pytest.mark.parametrize("path", PRIVATE)
def test_textual_has_each_private_name(path):
    owner, name = owner_of(path)
    # What an instance alone has is set in the class's own code, or in that of one that it inherits from.
    classes = [each for each in getattr(owner, "__mro__", ()) if each.__module__.startswith("textual")]
    sources = "".join(map(source_of, classes))
    assert hasattr(owner, name) or re.search(rf"\bself\.{name}\b|^\s+{name}\b", sources, re.MULTILINE), path


def test_each_has_a_reason():
    assert all(len(reason) > 10 and reason.endswith(".") for reason in PRIVATE.values())


def test_no_other_module_uses_them():
    names = {path.rpartition(".")[2] for path in PRIVATE if path.rpartition(".")[2].startswith("_")}
    own = {"_closed", "_closing"}  # usual names of our own, which are looked at by hand
    for path in sorted(UI.rglob("*.py")):
        if path.name == "textual_compat.py":
            continue
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                assert node.attr not in names - own, f"{path.name}:{node.lineno}: {node.attr} belongs to textual_compat"
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.name not in names, f"{path.name}:{node.lineno}: {node.name} belongs to textual_compat"
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
                assert "._" not in (node.module or ""), f"{path.name}:{node.lineno}: {node.module} is private"
