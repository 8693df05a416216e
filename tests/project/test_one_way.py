"""What may be done in one way only, because each other way has ended the lab: CONTRIBUTING.md has the rules."""

import ast

import pytest
from product_sources import ROOT, SOURCES, nodes_of

from joml_tui.alignment import align_left, align_right, write_fixed, write_scientific


def nodes(text):
    return list(ast.walk(ast.parse(text)))


def computed_formats(nodes):
    """Return the lines that format with a width or a precision that is computed."""
    return [
        node.lineno
        for node in nodes
        if isinstance(node, ast.FormattedValue)
        and node.format_spec is not None
        and any(isinstance(part, ast.FormattedValue) for part in node.format_spec.values)
    ]


def test_one_way_to_format_into_a_width():
    others = [path for path in SOURCES if path.name != "alignment.py"]
    bad = {str(path.relative_to(ROOT)): lines for path in others if (lines := computed_formats(nodes_of(path)))}
    assert bad == {}, "use joml_tui.alignment: a computed width may be below 0"


def test_the_test_sees_computed_widths():
    assert computed_formats(nodes('f"{text:>{width}}"')) == [1]
    assert computed_formats(nodes('f"{value:.3f} {text:>8}"')) == []


#: Names of Textual that only one module may call, and that module.
ONLY_IN = {
    "screen_stack.py": {"push_screen", "push_screen_wait", "pop_screen", "switch_screen", "dismiss", "ModalScreen"},
    "deferred_calls.py": {
        "call_later",
        "call_next",
        "call_after_refresh",
        "set_timer",
        "set_interval",
        "run_worker",
        "work",
        "create_task",
        "subscribe",
    },
    "textual_compat.py": {"_dispatch_message", "_flush_next_callbacks", "_pruning"},
}
#: What has to reach for them all the same, each for a reason that its module gives.
EXCEPT = {
    "key_queue.py": {"call_later", "create_task"},  # keys wait for messages, not for widgets
    "app.py": {"subscribe"},
    "lab.py": {"subscribe"},
    "key_footer.py": {"subscribe"},
    "chart_pair.py": {"create_task"},
}


def names_in(nodes):
    """Yield the attributes and imports of a module, with their lines."""
    for node in nodes:
        if isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.ImportFrom):
            yield from ((each.name, node.lineno) for each in node.names)


@pytest.mark.parametrize("module", ONLY_IN)
def test_one_way_to_open_and_close_screens_and_to_call_later(module):
    bad = {}
    for path in sorted((ROOT / "joml_tui" / "ui").rglob("*.py")):
        if path.name == module:
            continue
        forbidden = ONLY_IN[module] - EXCEPT.get(path.name, set())
        if forbidden_names := [(name, line) for name, line in names_in(nodes_of(path)) if name in forbidden]:
            bad[str(path.relative_to(ROOT))] = forbidden_names
    assert bad == {}, f"use joml_tui.ui.{module.removesuffix('.py')}"


def test_every_screen_is_a_page_or_a_dialog():
    for path in sorted((ROOT / "joml_tui" / "ui").rglob("*.py")):
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef) and path.name not in ("screen_stack.py", "textual_compat.py"):
                bases = [ast.unparse(base).partition("[")[0] for base in node.bases]
                assert "Screen" not in bases, (
                    f"{path.name}: {node.name} is to be a Page or a Dialog of ui/screen_stack.py"
                )


#: What a class may have beside the one that it is.
_BESIDE = {"Generic", "Protocol", "Enum"}


def test_no_class_of_the_screen_is_made_of_several():
    """A behaviour has an object of its own: of a class that is mixed from several nobody knows whose a method is."""
    for path in sorted((ROOT / "joml_tui" / "ui").rglob("*.py")):
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef):
                bases = [base for base in map(ast.unparse, node.bases) if base.partition("[")[0] not in _BESIDE]
                assert len(bases) < 2, f"{path.name}: {node.name} is mixed from {', '.join(bases)}"


@pytest.mark.parametrize("width", [-7, 0, 1, 2, 5])
def test_any_width_will_do(width):
    assert align_left("abc", width) == "abc" + " " * max(0, width - 3)
    assert align_right(7, width) == " " * max(0, width - 1) + "7"
    assert write_fixed(1.25, width - 2) == f"{1.25:.{max(0, width - 2)}f}"
    assert write_scientific(1234.5, width - 2) == f"{1234.5:.{max(0, width - 2)}e}"


#: What prints, asks or ends a program.
PRINTS = {"print", "input", "exit", "SystemExit"}


def printing(nodes):
    """Return the lines that print, ask or end a program, or write on a standard stream."""
    streams = ("sys.exit", "sys.stdout", "sys.stderr")
    return [
        node.lineno
        for node in nodes
        if (isinstance(node, ast.Name) and node.id in PRINTS)
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in streams)
    ]


def test_printing_is_recognised():
    assert printing(nodes("print(1)\nraise SystemExit(2)\nsys.stderr.write('')\nself.print()")) == [1, 2, 3]


#: Modules of a process of their own, whose streams are their way to the process that started them.
PROCESSES = {"engine_process.py", "engine_client.py", "renderer.py", "renderer_client.py"}


def test_only_the_command_prints_asks_and_exits():
    for path in sorted((ROOT / "joml_tui").rglob("*.py")):
        folder = path.relative_to(ROOT / "joml_tui").parts[0]
        if folder not in ("cli", "ui", "__main__.py") and path.name not in PROCESSES:
            assert printing(nodes_of(path)) == [], f"{path}: what prints lives in cli/"


#: Tests of what no single module does: every figure, trained networks, programs of the original library, random keys.
ACROSS_MODULES = {
    "figures",
    "interrupt_storm",
    "monkey",
    "monkey_figures",
    "original_names",
    "original_programs",
    "properties",
}


def named_module(subject, modules):
    """Return the module that a test file is named after: `run_tables` or `run_tables_of_replicas` after run_tables."""
    words = subject.split("_")
    names = ["_".join(words[:count]) for count in range(len(words), 0, -1)]
    return next((name for name in names if name in modules), None)


def test_a_test_file_is_named_after_its_module():
    modules = {path.stem for path in SOURCES}
    subjects = {
        path.stem.removeprefix("test_") for path in (ROOT / "tests").rglob("test_*.py") if path.parent.name != "project"
    }
    assert {subject for subject in subjects if named_module(subject, modules) is None} == ACROSS_MODULES
