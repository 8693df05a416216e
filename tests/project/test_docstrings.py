"""The engine's docstrings name what its signatures have, and their examples give what they show.

The rules:

- every public module, class, method, property and function has a docstring;
- a Parameters section names the parameters of the signature, all of them and no others (a class documents its
  constructor; a record its fields, as Attributes); without one, the text names every parameter;
- a parameter with a default says so, and a default that is written out is the signature's;
- an error raised by the code itself, or by the checks it calls, is named;
- who documents parameters and gives something has a Returns or Yields section;
- optimizers, initialisations, activation and cost functions that have a paper name it.

A method that a base class or a protocol documents needs no more than a docstring of its own.
"""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import textwrap
from dataclasses import dataclass, is_dataclass

import pytest

import joml
from joml import initialisation, validation

SECTIONS = ("Parameters", "Attributes", "Returns", "Yields", "Raises", "References", "Examples", "Notes")

#: What is too old or too plain to have one paper.
WITHOUT_PAPER = {"Identity", "MeanSquaredError", "MeanAbsoluteError", "Scheduled", "Frozen"}

#: Says that another docstring has the parameters and errors.
ELSEWHERE = re.compile(r"Parameters (and errors )?as (in|for) `+\w+")

CHECKS = {
    name
    for name, value in vars(validation).items()
    if inspect.isfunction(value) and value.__module__ == "joml.validation"
}

MODULES = {
    name: importlib.import_module(name)
    for _, name, _ in pkgutil.walk_packages(joml.__path__, "joml.")
    if not name.rpartition(".")[2].startswith("_")
}


@dataclass(frozen=True)
class Documented:
    """Something public with its docstring."""

    thing: object
    kind: str  # class, function, method, property
    overrides: bool = False

    @property
    def text(self):
        return inspect.cleandoc(self.thing.__doc__ or "")

    @property
    def sections(self):
        """The text before the first section as '', then the sections by name."""
        texts, title = {"": []}, ""
        lines = self.text.split("\n")
        for line, after in zip(lines, [*lines[1:], ""], strict=True):
            if line in SECTIONS and after == "-" * len(line):
                title = line
                texts[title] = []
            elif set(line) != {"-"}:
                texts[title].append(line)
        return {title: "\n".join(lines).strip() for title, lines in texts.items()}

    def entries(self, section):
        """The entries of a section, (names, what is said of them); names may share one, as in ``x, y : arrays``."""
        listed = []
        for entry in re.split(r"\n(?=\S)", self.sections.get(section, "")):
            head, _, rest = entry.partition("\n")
            names, _, kind = head.partition(" : ")
            if head:
                listed.append(([name.strip() for name in names.split(",")], kind, f"{kind} {' '.join(rest.split())}"))
        return listed

    def names(self, section):
        return [name for names, _, _ in self.entries(section) for name in names]

    @property
    def signature(self):
        """The parameters but for self; a record's are its fields."""
        if self.kind == "property" or (self.kind == "class" and not _has_constructor(self.thing)):
            return {}
        parameters = inspect.signature(self.thing).parameters.values()
        stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
        return {
            stars.get(parameter.kind, "") + parameter.name: parameter.default
            for parameter in parameters
            if parameter.name not in ("self", "cls")
        }

    @property
    def code(self):
        """What runs when it is called: of a class, what makes an instance."""
        if self.kind == "property":
            return [self.thing.fget]
        if self.kind == "class":
            made_by = [vars(self.thing).get(name) for name in ("__init__", "__post_init__")]
            return [function for function in made_by if _is_written(function)]
        return [inspect.unwrap(getattr(self.thing, "__func__", self.thing))]

    def errors(self):
        """The names of the errors that its own code raises, by itself or through the checks."""
        names = set()
        for function in self.code:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Raise)
                    and isinstance(node.exc, ast.Call)
                    and isinstance(node.exc.func, ast.Name)
                ):
                    names.add(node.exc.func.id)
                elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CHECKS:
                    names.add("ValueError")
        return names


def _is_written(function):
    return inspect.isfunction(function) and inspect.unwrap(function).__code__.co_filename.startswith(
        tuple(joml.__path__)
    )


def _has_constructor(cls):
    exempt = issubclass(cls, BaseException) or getattr(cls, "_is_protocol", False)
    return not exempt and (is_dataclass(cls) or _is_written(vars(cls).get("__init__")))


def _public():
    for module in MODULES.values():
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing):
                yield f"{module.__name__}.{name}", Documented(thing, "function")
            elif inspect.isclass(thing):
                yield f"{module.__name__}.{name}", Documented(thing, "class")
                yield from _members(f"{module.__name__}.{name}", thing)


PROTOCOLS = [
    thing
    for module in MODULES.values()
    for thing in vars(module).values()
    if getattr(thing, "_is_protocol", False) and thing.__module__ == module.__name__
]


def _members(path, cls):
    for name, thing in vars(cls).items():
        if name.startswith("_"):
            continue
        bases = [*cls.__mro__[1:], *(protocol for protocol in PROTOCOLS if protocol is not cls)]
        overrides = any(getattr(getattr(base, name, None), "__doc__", None) for base in bases)
        if isinstance(thing, property):
            yield f"{path}.{name}", Documented(thing, "property", overrides)
        elif isinstance(thing, classmethod):
            yield f"{path}.{name}", Documented(getattr(cls, name), "method", overrides)
        elif isinstance(thing, staticmethod):
            if thing.__func__.__qualname__.startswith(cls.__qualname__):  # not a function of another place
                yield f"{path}.{name}", Documented(thing.__func__, "method", overrides)
        elif inspect.isfunction(thing):
            yield f"{path}.{name}", Documented(thing, "method", overrides)


PUBLIC = dict(_public())
#: Whose docstring stands for itself.
OWN = {path: documented for path, documented in PUBLIC.items() if not documented.overrides}


def failing(problems):
    return [f"{path}: {problem}" for path, problem in problems if problem]


def test_the_walk_finds_the_engine():
    assert {"joml.network.Network.train", "joml.training.trainer.Trainer", "joml.initialisation.he"} <= set(OWN)
    assert "joml.activations.rectifiers.ReLu.value" in PUBLIC
    assert "joml.activations.rectifiers.ReLu.value" not in OWN


def test_everything_public_has_a_docstring():
    assert [name for name, module in MODULES.items() if not module.__doc__] == []
    assert [path for path, documented in PUBLIC.items() if not documented.text] == []


def test_parameters_are_those_of_the_signature():
    def problem(documented):
        wanted = list(documented.signature)
        record = documented.kind == "class" and is_dataclass(documented.thing)
        section = "Attributes" if record and "Parameters" not in documented.sections else "Parameters"
        if section in documented.sections:
            named = documented.names(section)
            return "" if sorted(named) == sorted(wanted) else f"{section} has {named}, and the signature {wanted}"
        if ELSEWHERE.search(documented.text):
            return ""
        missing = [
            name for name in wanted if not re.search(rf"(?<!\w){re.escape(name.strip('*'))}(?!\w)", documented.text)
        ]
        return f"says nothing of {missing}" if missing else ""

    assert failing((path, problem(documented)) for path, documented in OWN.items()) == []


def test_defaults_are_named_and_true():
    def problem(documented):
        defaults, wrong = documented.signature, []
        for names, kind, raised in documented.entries("Parameters"):
            for name in names:
                default = defaults.get(name, inspect.Parameter.empty)
                if default is inspect.Parameter.empty:
                    continue
                if not re.search(r"\b([Dd]efault|unless|optional|As (for|in)|Without (it|them))\b", raised):
                    wrong.append(f"{name} has a default, {default!r}")
                written = re.search(r"default (\S.*)$", kind)
                if written and ast.literal_eval(written[1]) != default:
                    wrong.append(f"the default of {name} is {default!r}, not {written[1]}")
        return "; ".join(wrong)

    assert failing((path, problem(documented)) for path, documented in OWN.items()) == []


def test_errors_are_named():
    def problem(documented):
        raised = documented.sections.get("Raises", "") + "".join(re.findall(r"[Rr]aise \w+.*", documented.sections[""]))
        if ELSEWHERE.search(documented.text):
            return ""
        missing = sorted(name for name in documented.errors() if not re.search(rf"\b{name}\b", raised))
        return f"raises {', '.join(missing)} and does not say so" if missing else ""

    assert failing((path, problem(documented)) for path, documented in OWN.items()) == []


def test_what_is_returned_is_described():
    def problem(documented):
        if documented.kind in ("class", "property") or "Parameters" not in documented.sections:
            return ""
        gives = inspect.signature(documented.thing).return_annotation not in ("None", None)
        return "" if not gives or {"Returns", "Yields"} & set(documented.sections) else "has no Returns"

    assert failing((path, problem(documented)) for path, documented in OWN.items()) == []


def test_what_has_a_paper_names_it():
    def has_a_paper(thing):
        if inspect.isfunction(thing):
            return thing.__module__ == initialisation.__name__
        described = issubclass(thing, joml.ActivationFunction | joml.CostFunction) and thing.name != "custom"
        updates = is_dataclass(thing) and hasattr(thing, "bind")
        return (described or updates) and thing.__name__ not in WITHOUT_PAPER

    with_paper = {
        path: documented
        for path, documented in OWN.items()
        if documented.kind in ("class", "function") and has_a_paper(documented.thing)
    }
    assert len(with_paper) > 20
    assert [path for path, documented in with_paper.items() if "References" not in documented.sections] == []


@pytest.mark.parametrize("name", sorted(name for name, module in MODULES.items() if ">>>" in inspect.getsource(module)))
def test_examples_give_what_they_show(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = doctest.testmod(MODULES[name], optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0
