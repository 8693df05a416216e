"""A unit's sum in words and numbers, as far as the lines go."""

import numpy as np
import pytest

from joml_tui.inspect.unit_sums import UnitSum
from joml_tui.ui.inside.unit_formula import formula_lines

NAN = float("nan")


def unit(weights, inputs, bias=0.05, *, sources=None, z=None, normalised=NAN, added=NAN, formula="a = tanh(z)"):
    w, x = np.array(weights, np.float32), np.array(inputs, np.float32)
    z = float(w @ x) + bias if z is None else z
    sources = sources or tuple(f"x{place + 1}" for place in range(len(w)))
    return UnitSum(1, 0, sources, w, x, len(w), bias, z, float(np.tanh(z)), normalised, added, formula)


def test_symbols_numbers_and_activation():
    assert formula_lines(unit([0.31, -1.2], [0.5, -0.3]), "layer 1, unit 1", 80, 5) == [
        "layer 1, unit 1: z = 0.31·x1 − 1.2·x2 + 0.05",
        "  = 0.31·0.5 − 1.2·(−0.3) + 0.05 = 0.565",
        "a = tanh(z): a = 0.512",
    ]


def test_a_first_weight_and_a_bias_below_0():
    lines = formula_lines(unit([-2.0], [1.0], -0.5), "u", 80, 5)
    assert lines[:2] == ["u: z = −2·x1 − 0.5", "  = −2·1 − 0.5 = −2.5"]


def test_of_many_terms_the_others_are_summed_up():
    weights = [4.0, 3.0, 0.5, 0.25, 0.125]
    lines = formula_lines(unit(weights, [1.0] * 5, 0.0), "u", 40, 3)
    assert lines[0] == "u: z = 4·x1 + 3·x2 + 3 smaller terms + 0"
    assert lines[1] == "  = 4·1 + 3·1 + 0.875 + 0 = 7.88"
    assert all(len(line) <= 40 for line in lines)


def test_exponents_keep_their_own_signs():
    lines = formula_lines(unit([-1e-5], [-2e-6], -3e-4), "u", 80, 5)
    assert lines[:2] == ["u: z = −1.0e-05·x1 − 3.0e-04", "  = −1.0e-05·(−2.0e-06) − 3.0e-04 = −3.0e-04"]


def test_normalising_and_residual_blocks_are_named():
    line = formula_lines(unit([1.0], [1.0], normalised=-0.5, added=0.25), "u", 120, 5)[-1]
    assert line.startswith("z normalised = −0.5; a = tanh(z) + 0.25 of the residual block: a = ")


@pytest.mark.parametrize("width", [1, 7, 20, 200])
@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_lines_fit_any_room(width, most):
    lines = formula_lines(unit(np.linspace(-3, 3, 30), np.linspace(1, -2, 30)), "layer 1, unit 1", width, most)
    assert 1 <= len(lines) <= most
    assert all(len(line) <= width for line in lines)


def test_names_of_columns_are_written_as_one_line():
    lines = formula_lines(unit([1.0], [1.0], sources=("a\nb[red]\x1b",)), "u", 80, 5)
    assert "\n" not in lines[0]
    assert "\x1b" not in lines[0]


def test_sums_that_are_not_finite_are_written():
    assert "nan" not in formula_lines(unit([np.nan], [1.0], z=NAN), "u", 80, 5)[0]
