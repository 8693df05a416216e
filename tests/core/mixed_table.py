"""A table of mixed columns, a network trained on it, and rows to predict, for the tests of exports."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from joml.data.tables.raw_table import RawTable
from joml.data.tables.text_reader import column_of
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.run import Run, start_run
from joml_tui.runs.worker.same_data import rebuild_network, shapes_of

NAMES = ("age", "sex", "deck", "alive", "seen", "price")


def rows(count: int, seed: int = 0) -> list[list[str]]:
    """Return rows of numbers with gaps, categories, truth values and dates; the last column is a number to predict."""
    random = np.random.default_rng(seed)
    made = []
    for row in range(count):
        age = "" if random.random() < 0.2 else f"{random.uniform(1, 80):.1f}"
        sex = str(random.choice(["male", "female", "NA"], p=[0.5, 0.4, 0.1]))
        deck = str(random.choice(["A", "B", "7", "07"], p=[0.4, 0.3, 0.2, 0.1])) if row else "Z"  # one rare category
        alive = str(random.choice(["yes", "no", "?"], p=[0.5, 0.4, 0.1]))
        day = np.datetime64("1969-11-03T07:30") + np.timedelta64(int(random.integers(0, 900 * 1440)), "m")
        seen = "" if random.random() < 0.1 else str(day).replace("T", " ")
        price = 3 * (sex == "male") + (float(age) / 20 if age else 1) + 2 * (deck == "B")
        made.append([age, sex, deck, alive, seen, f"{price:.4f}"])
    return made


def write_rows(path: Path, names: tuple[str, ...], table: list[list[str]]) -> Path:
    """Write a CSV file, and return its path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *table])
    return path


def trained_run(folder: Path, task: str = "regression", features: tuple[str, ...] = (), **settings: object) -> Run:
    """Train a small network on the table for a few epochs, on terms of its features where some are given."""
    table = rows(300)
    if task == "classes":
        table = [[*row[:-1], "dear" if float(row[-1]) > 4 else "cheap"] for row in table]
    path = write_rows(folder / "mixed.csv", NAMES, table)
    dataset = {"name": "csv", "path": str(path), "task": task, **settings}
    written = {"version": 1, "dataset": dataset, "layers": [{"size": 6, "activation": "tanh"}], "epochs": 5}
    written |= {"features": features} if features else {}
    run = start_run(parse_experiment(json.dumps(written)), engine="thread")
    assert run.wait(300)
    assert run.preparation is not None and run.preparation.columns, run.message
    return run


def new_rows() -> list[list[str]]:
    """Return rows without the value to predict, among them missing cells and a category that training did not have."""
    return [row[:-1] for row in rows(40, seed=1)] + [
        ["", "other", "Q", "NO", "1972-02-29 23:59"],
        ["1e1", "", "7.0", "YES", ""],
    ]


def expected_outputs(run: Run, table: list[list[str]]) -> np.ndarray:
    """Return the outputs of the run's network for rows of text, in the units of the data."""
    preparation = run.preparation
    columns = tuple(
        column_of(encoder.name, [row[place] for row in table]) for place, encoder in enumerate(preparation.columns)
    )
    x = preparation.scale_x(preparation.encode(RawTable(columns, len(table)))).astype(np.float32)
    sizes = shapes_of(preparation)
    network = rebuild_network(run.experiment, *sizes, run.snapshots.latest)
    return preparation.unscale_y(network.predict(x.T).T)
