"""A figure of trainings has their curves, named, within its frame."""

from __future__ import annotations

import numpy as np
import pytest

from joml_tui.export.figure_of_curves import figure_of_curves
from joml_tui.export.figure_shapes import Band, Dot, Line, Text

pytestmark = pytest.mark.quick


def results(iterations=400, **columns):
    n_iter = np.arange(1, iterations + 1)
    checks = np.where(n_iter % 100 == 0, 2 / n_iter**0.5, np.nan)
    return {
        "n_iter": n_iter,
        "train_cost": 3 / n_iter**0.5,
        "test_cost": checks,
        "train_acc": 1 - 1 / n_iter**0.5,
        "test_acc": 1 - checks,
    } | columns


def figure(*runs, metrics=()):
    return figure_of_curves(runs, "accuracy", metrics, "cost")


def texts(drawn):
    return [shape.text for shape in drawn.shapes if isinstance(shape, Text)]


def points(drawn):
    lines = [shape.points for shape in drawn.shapes if isinstance(shape, Line)]
    bands = [np.stack([each.across, each.upper], 1) for each in drawn.shapes if isinstance(each, Band)]
    dots = [np.array([[each.across, each.down]]) for each in drawn.shapes if isinstance(each, Dot)]
    return np.concatenate([*lines, *bands, *dots])


def test_a_single_run_has_its_name_above_and_a_band():
    drawn = figure(("mine", results()))
    assert {"mine", "training", "test", "cost", "accuracy", "iteration"} <= set(texts(drawn))
    assert sum(isinstance(shape, Band) for shape in drawn.shapes) == 2
    assert sum(isinstance(shape, Dot) for shape in drawn.shapes) == 2 * 4


def test_several_runs_are_named_at_their_colours_and_have_no_bands():
    drawn = figure(("a", results()), ("b", results(100)))
    assert texts(drawn).count("a: training") == texts(drawn).count("b: test") == 2
    assert not any(isinstance(shape, Band) for shape in drawn.shapes)
    colours = [shape.colour for shape in drawn.shapes if isinstance(shape, Line) and shape.width >= 1.5]
    assert len(set(colours)) == 2


@pytest.mark.parametrize("runs", [1, 12])
def test_everything_is_inside_the_figure(runs):
    drawn = figure(*((f"a long name of a run, number {place}", results()) for place in range(runs)))
    assert (points(drawn) >= 0).all()
    assert (points(drawn) <= [drawn.width, drawn.height]).all()


def test_a_metric_has_a_chart_and_no_training():
    values = results(test_f2=results()["test_acc"])
    drawn = figure(("a", values), ("b", results()), metrics=["f2"])
    assert "f2" in texts(drawn)
    assert texts(drawn).count("a: test") == 3
    assert texts(drawn).count("a: training") == texts(drawn).count("b: test") == 2


def test_what_is_not_finite_is_left_out():
    nothing = np.full(400, np.nan)
    hurt = results()
    hurt["train_cost"][::3] = np.inf
    assert np.isfinite(points(figure(("a", hurt)))).all()
    empty = figure(("a", results(train_cost=nothing, test_cost=nothing)))
    assert np.isfinite(points(empty)).all()
    assert "cost" in texts(empty)


def test_a_single_iteration_is_drawn():
    assert np.isfinite(points(figure(("a", results(1))))).all()
