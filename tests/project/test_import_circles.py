"""No module imports one that imports it, not even later in a function; imports for types alone do not count."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest
from product_sources import ROOT, tree_of

PACKAGES = (ROOT / "engine" / "joml", ROOT / "joml_tui", ROOT / "benchmarks")


def name_of(path: Path, package: Path) -> str:
    parts = [package.name, *path.relative_to(package).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(node: ast.AST) -> Iterator[str]:
    """Yield what a piece of a program imports, with each name of a module as if it were a module too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from imported_names(ast.Module([other], []))
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif not isinstance(child, ast.expr):  # which holds no import, and most of a program
            yield from imported_names(child)


def imports_of(sources: Mapping[str, ast.Module]) -> dict[str, set[str]]:
    """Return the modules that each module imports, of those there are."""
    imports: dict[str, set[str]] = {}
    for module, tree in sources.items():
        names = set(imported_names(tree))
        whole = {name if name in sources else name.rpartition(".")[0] for name in names}
        imports[module] = {name for name in whole if name in sources and name != module}
    return imports


def circle_in(sources: Mapping[str, ast.Module]) -> list[str]:
    """Return the modules of a circle; none where there is none."""
    try:
        TopologicalSorter(imports_of(sources)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def circle_in_texts(**texts: str) -> set[str]:
    return set(circle_in({f"p.{name}": ast.parse(text) for name, text in texts.items()}))


@pytest.mark.slow
def test_imports_form_no_circle():
    sources = {name_of(path, package): tree_of(path) for package in PACKAGES for path in package.rglob("*.py")}
    assert len(sources) > 300
    assert circle_in(sources) == []


def test_the_test_sees_circles():
    late = "def f():\n    from p.b import g\n"
    assert circle_in_texts(a=late, b="import p.c", c="from p import a") == {"p.a", "p.b", "p.c"}
    types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.b import g\n"
    assert circle_in_texts(a=types, b="from p.a import f") == set()


@pytest.mark.parametrize("name", ["joml", "joml_tui.experiment", "joml_tui.export", "joml_tui.store"])
def test_a_package_offers_each_of_its_names(name):
    package = import_module(name)
    homes = {each: home for home, names in package._HOMES.items() for each in names.split()}
    assert sorted(homes) == sorted(package.__all__)
    assert all(getattr(package, each) is getattr(import_module(home), each) for each, home in homes.items())
