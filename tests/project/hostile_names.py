"""Hostile names: of columns, classes, categories, runs and files, in everything that is exported.

A run is trained on a table whose names are chosen to become code, orders to a terminal, markup or formulas, and is
exported in every format. No name may change what a script does: the scripts of two runs that differ in names alone have
one syntax tree, but for the texts in it. Each script is run, each file is read by its own reader.

    python tests/project/hostile_names.py --count 2000 --seed 1
"""

from __future__ import annotations

import argparse
import ast
import csv
import io
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from joml.data.dataset_error import DatasetError
from joml_tui.experiment import CsvFile, Experiment, LayerSpec
from joml_tui.experiment.yaml_text import ExperimentError, dump_experiment, parse_experiment
from joml_tui.export import CHART_FORMATS, FORMATS, TABLE_FORMATS, AnnotatedRun, ExportError, Format, weights_path
from joml_tui.export.weight_files import read_network
from joml_tui.runs.run import Run, start_run
from joml_tui.runs.worker.same_data import rebuild_network, shapes_of

_PIECES = (
    *("'", '"', "'''", '"""', "\\", "\\\\", "\n", "\r\n", "\r", "\t", "\x00", "\x1b[2J", "\x1b]52;c;aGk=\x07", "\x9b"),
    *("${}", "$x", "$", "{", "}", "{0}", "%s", "%(x)s", "#", ";", ",", "=1+1", "@", "+", "-", "[/]", "[bold", "]"),
    *("<b>", "&amp;", "<!--", "-->", "\u202e", "\u2066", "\u2028", "\ufeff", "\u200b", "é", "Жук", "神经", "🧠"),
    *("__import__('os').abort()", "\nimport os; os.abort()\n", '"""\nimport os\nos.abort()\n"""', "')\nraise 1\n('"),
    *("y_hat", "x", "None", "nan", "NA", "1", "07", "1e5", "true", "2024-01-02", "..", "/", "a" * 300, " ", ""),
    *("\ud800", "\x7f", "\x85"),
)

#: Formats of which only one set of names in so many is written, because they take long.
_SLOW, _FIGURES = ("png", "svg", "txt"), 20


def hostile(chance: random.Random) -> str:
    """Return a name of some hostile pieces."""
    return "".join(chance.choice(_PIECES) for _ in range(chance.choice([1, 1, 2, 3, 6])))


def names(chance: random.Random) -> list[str]:
    """Return different names for three columns, two categories and two classes."""
    chosen: list[str] = []
    while len(chosen) < 7:
        name = hostile(chance).replace("\0", "").encode("utf-8", "replace").decode()  # a table with zeros is refused
        if (plain := " ".join(name.split()).strip()) and plain.lower() not in (each.strip().lower() for each in chosen):
            chosen.append(name)
    return chosen


def trained(folder: Path, chosen: list[str], title: str) -> Run:
    """Train a small network on a table with these names.

    Raises
    ------
    DatasetError, ExperimentError
        The table or the experiment is refused.
    """
    number, kind, label, *texts = chosen
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([number, kind, label])
        for row in range(60):
            writer.writerow([row / 7, texts[row % 2], texts[2 + (row // 2) % 2]])
    dataset = CsvFile(str(path), label=label.strip(), task="classes")
    run = start_run(Experiment(name=title, dataset=dataset, layers=(LayerSpec(3),), epochs=1), engine="thread")
    run.wait()
    if not run.state.ended or run.state.value != "finished":
        raise DatasetError(run.message)
    return run


def shape_of(source: str) -> str:
    """Return the syntax tree of a script without the texts and numbers in it."""
    return ast.dump(_WithoutValues().visit(ast.parse(source)))


class _WithoutValues(ast.NodeTransformer):
    """Replaces texts and numbers by their types."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant(type(node.value).__name__)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        negative = isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)
        return self.visit(node.operand) if negative else node


def _predicted(run: Run, script: Path, features: np.ndarray) -> str:
    """Return how the predictions of a script for joml differ from the network's; empty if they do not."""
    preparation = run.preparation
    assert preparation is not None
    network = rebuild_network(run.experiment, *shapes_of(preparation), run.snapshots.latest or b"")
    space: dict[str, object] = {"__name__": "script", "__file__": str(script)}
    output = io.StringIO()
    with redirect_stdout(output):
        exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), space)
    predict = space["predict"]
    assert callable(predict)
    return "" if np.array_equal(predict(features), network.predict(features)) and not output.getvalue() else "differs"


def faults(folder: Path, chance: random.Random, plain: dict[str, str], slow: bool) -> Iterator[str]:
    """Yield what is wrong with the exports of one run, with figures where it may be slow; nothing if it is refused."""
    chosen, title = names(chance), hostile(chance)
    try:
        run = trained(folder, chosen, title)
    except (DatasetError, ExperimentError):
        return
    for each in FORMATS:
        if each.name in _SLOW and not slow:
            continue
        path = folder / f"a{each.suffix}"
        if each.name == "torch":
            path = folder / "b.py"
        with suppress(ExportError):
            each.write(run, path, overwrite=True)
            yield from _of_a_file(run, each, path, plain)
    written = [AnnotatedRun(run, hostile(chance), (hostile(chance),), hostile(chance))]
    for kinds in (TABLE_FORMATS, CHART_FORMATS):
        for other in kinds:
            if other.name in _SLOW and not slow:
                continue
            with suppress(ExportError):
                other.write(written, folder / f"runs{other.suffix}", overwrite=True)
    _ = [json.loads(line) for line in (folder / "runs.jsonl").read_bytes().splitlines()]
    if slow:
        ElementTree.parse(folder / "runs.svg")


def _of_a_file(run: Run, kind: Format, path: Path, plain: dict[str, str]) -> Iterator[str]:
    if kind.name in ("joml", "torch"):
        source = path.read_text(encoding="utf-8")
        if shape_of(source) != plain.setdefault(_key(run, kind), shape_of(source)):
            yield f"{kind.name}: a name has changed the script"
        if not source.isascii():
            yield f"{kind.name}: a name stands in the script as it is"
    assert run.preparation is not None
    if kind.name == "joml":
        features = np.random.default_rng(1).normal(size=(len(run.preparation.input_names), 4)).astype(np.float32)
        if what := _predicted(run, path, features):
            yield f"joml: what the script predicts {what}"
    elif kind.name == "yaml":
        if parse_experiment(path.read_text(encoding="utf-8")) != parse_experiment(dump_experiment(run.experiment)):
            yield "yaml: another experiment"
    elif kind.name in ("npz", "safetensors"):
        read_network(run.experiment, path)
    elif kind.name == "onnx":
        import onnx  # an optional extra

        metadata = {each.key: each.value for each in onnx.load(path).metadata_props}
        if tuple(json.loads(metadata["outputs"])) != run.preparation.class_names:
            yield "onnx: other names of classes"
    elif kind.name == "svg":
        ElementTree.parse(path)
    elif kind.name == "jsonl":
        _ = [json.loads(line) for line in path.read_bytes().splitlines()]
    with suppress(FileNotFoundError):
        weights_path(path).unlink()


def _key(run: Run, kind: Format) -> str:
    """Return what may decide about the form of a script, beside names: the kinds of the columns, and their number."""
    assert run.preparation is not None
    columns = [
        {**vars(each), "kind": each.kind} if hasattr(each, "__dict__") else {"kind": each.kind}
        for each in run.preparation.columns
    ]
    kinds = ",".join(str(each["kind"]) for each in columns)
    mark = any(getattr(each, "mark", "") for each in run.preparation.columns)
    return f"{kind.name} {kinds} {len(run.preparation.input_names)} {len(run.preparation.class_names)} {mark}"


def attack(count: int, seed: int, folder: Path) -> Iterator[str]:
    """Yield what is found with so many sets of names, the first of each sort.

    Parameters
    ----------
    count : int
    seed : int
    folder : Path
        An empty folder.
    """
    plain: dict[str, str] = {}
    sorts: set[str] = set()
    for number in range(count):
        try:
            there = list(faults(folder, random.Random(f"{seed} {number}"), plain, number % _FIGURES == 0))
        except Exception as error:
            there = [f"{type(error).__name__}: {error}"]
        for fault in there:
            if fault not in sorts:
                sorts.add(fault)
                yield f"{seed} {number}: {fault}"


def main() -> int:
    """Attack the exports, print what was found, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=1_000, help="sets of names (1000)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began, bad = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        for fault in attack(given.count, given.seed, Path(folder)):
            bad += 1
            print(fault, flush=True)
    print(f"names: {given.count:,} sets in {time.monotonic() - began:.0f} s, {bad or 'nothing'} found", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
