"""A table of two features with names, and a network trained on terms of them, for the tests of exports."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.run import Run, RunState, start_run
from joml_tui.runs.worker.same_data import rebuild_network

TERMS = ["mass", "length^2", "length*mass", "sin(length)", "cos(mass)"]
#: Features of new rows, in the units of the data.
NEW = np.array([[4.5, -650.0], [5.5, -720.25], [0.0, 0.0], [9.0, -1000.0]])


def write_table(folder: Path, task: str) -> Path:
    """Write a CSV file of two features on very different scales, with a class or a value to predict."""
    random = np.random.default_rng(0)
    features = random.standard_normal((120, 2))
    value = features[:, 0] ** 2 + features[:, 1]
    target = value if task == "regression" else np.where(value > 1, "high", "low")
    lines = [f"{5 + a:.5f},{100 * b - 700:.3f},{c}" for (a, b), c in zip(features.tolist(), target, strict=True)]
    path = folder / "table.csv"
    path.write_text("\n".join(["length,mass,target", *lines, ""]), encoding="utf-8")
    return path


def run_on_terms(folder: Path, task: str = "classes", **settings: object) -> Run:
    """Train a small network on terms of the table's features for a few epochs."""
    dataset = {"name": "csv", "path": str(write_table(folder, task)), "label": "target", "task": task, **settings}
    layers = [{"size": 6, "activation": "tanh"}]
    written = {"version": 1, "dataset": dataset, "features": TERMS, "layers": layers, "epochs": 5}
    run = start_run(parse_experiment(json.dumps(written)), engine="thread")
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.message
    return run


def expected_outputs(run: Run, x: np.ndarray) -> np.ndarray:
    """Return the outputs of a run's network for features, (samples, 2), in the units of the data; computed by hand."""
    preparation = run.preparation
    assert preparation is not None
    scaled = x if preparation.x_mean is None else (x - preparation.x_mean) / preparation.x_deviation
    length, mass = scaled.T
    inputs = np.array([mass, length**2, length * mass, np.sin(length), np.cos(mass)], np.float32)
    latest = run.snapshots.latest
    assert latest is not None
    network = rebuild_network(run.experiment, (len(TERMS),), len(preparation.class_names), latest)
    y_hat = network.predict(inputs).T
    return y_hat if preparation.y_mean is None else y_hat * preparation.y_deviation + preparation.y_mean
