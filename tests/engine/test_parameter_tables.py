"""Tables of weights, biases and gradients: both meanings of a row, any dialect, and errors that name the layer."""

from itertools import pairwise

import numpy as np
import pytest

from joml import Network
from joml.files.parameter_tables import (
    Layout,
    TableError,
    read_parameters,
    read_samples,
    relative_errors,
    write_biases,
    write_weights,
)
from joml.files.weights import WeightsError, load, save

SIZES = (3, 5, 4, 2)


def parameters(sizes=SIZES):
    generator = np.random.default_rng(1)
    W = [generator.normal(size=(size, previous)) for previous, size in pairwise(sizes)]
    return W, [generator.normal(size=len(each)) for each in W]


@pytest.mark.parametrize("rows", ["inputs", "units"])
@pytest.mark.parametrize("bias_rows", ["layers", "units"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
@pytest.mark.parametrize("named", [False, True])
def test_what_is_read_is_what_was_written_in_the_same_layout(tmp_path, rows, bias_rows, delimiter, named):
    W, b = parameters()

    def names(count):
        return tuple(f"row{place}" for place in range(count)) if named else ()

    weight_layout = Layout(rows, names(sum(SIZES[:-1]) if rows == "inputs" else sum(SIZES[1:])), delimiter)
    bias_layout = Layout(bias_rows, names(3 if bias_rows == "layers" else sum(SIZES[1:])), delimiter)
    (tmp_path / "w").write_text("# made by hand\n\n" + write_weights(W, weight_layout))
    (tmp_path / "b").write_text(write_biases(b, bias_layout))
    read_W, read_b, layouts = read_parameters(tmp_path / "w", tmp_path / "b", SIZES)
    for ours, theirs in zip((*read_W, *read_b), (*W, *b), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    if bias_rows == "units" and not named:  # single numbers stand apart without a mark
        bias_layout = Layout(bias_rows)
    assert layouts == (weight_layout, bias_layout)


def test_rows_that_fit_both_meanings_are_those_of_inputs_and_said_to_be_a_choice(tmp_path):
    W, b = parameters((3, 3, 3))
    (tmp_path / "w").write_text(write_weights(W, Layout("inputs")))
    (tmp_path / "b").write_text(write_biases(b, Layout("layers")))
    read, _, (layout, _) = read_parameters(tmp_path / "w", tmp_path / "b", (3, 3, 3))
    np.testing.assert_array_equal(read[0], W[0])
    assert layout.ambiguous
    turned, _, (layout, _) = read_parameters(tmp_path / "w", tmp_path / "b", (3, 3, 3), "units")
    np.testing.assert_array_equal(turned[0], W[0].T)
    assert not layout.ambiguous


@pytest.mark.parametrize(
    ("weights", "biases", "message"),
    [
        ("1,2\n3,4\n5,6,7\n", "1,2\n3\n", "w, line 3: layer 2 has 2 rows of 1 number, one row for an input unit"),
        (
            "1,2\n3,4\n5\n",
            "1,2\n3\n",
            "w ends too early: layer 2 has 2 rows of 1 number, one row for an input",
        ),
        ("1,2\n3,4\n5\n6\n7\n", "1,2\n3\n", "w, line 5: more rows follow those of the last layer: 1"),
        ("1,2\n3,four\n5\n6\n", "1,2\n3\n", "w, line 2, column 2: a number is needed, got 'four'"),
        ("1,2\n3,nan\n5\n6\n", "1,2\n3\n", "w, line 2, column 2: a number is needed, got 'nan'"),
        (
            "1,2\n3,4\n5\n6\n",
            "1,2,3\n3\n",
            "b, line 1: the biases of layer 1 are a row of 2 numbers, and this",
        ),
        ("1,2\n3,4\n5\n6\n", "1,2\n", "b ends before layer 2: the biases of layer 2 are a row of 1 number"),
        ("1,2\n3,4\n5\n6\n", "1,2\n3\n4\n", "b, line 3: there is a row after that of the last layer"),
        ("", "1,2\n3\n", "w is empty"),
        ("1,2\n3,4\n5\n6\n", None, "w has weights alone: name a table of the biases too"),
    ],
)
def test_what_does_not_fit_is_named_by_file_line_layer_and_shape(tmp_path, weights, biases, message):
    (tmp_path / "w").write_text(weights)
    if biases is not None:
        (tmp_path / "b").write_text(biases)
    with pytest.raises(TableError) as error:
        read_parameters(tmp_path / "w", None if biases is None else tmp_path / "b", (2, 2, 1))
    assert message in str(error.value)


def test_binary_files_are_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TableError, match="not UTF-8"):
        read_samples(tmp_path / "x", 2)


def test_samples_are_rows_in_the_file_and_columns_here(tmp_path):
    (tmp_path / "x").write_text("first,1,2,3\nsecond,4,5,6\n")
    np.testing.assert_array_equal(read_samples(tmp_path / "x", 3), [[1, 4], [2, 5], [3, 6]])
    with pytest.raises(TableError, match="line 1: a row of 4 numbers is needed"):
        read_samples(tmp_path / "x", 4)


def test_errors_are_relative_to_the_largest_expected_number():
    expected = [np.array([1.0, -4.0]), np.zeros(2), np.zeros(1)]
    assert relative_errors([np.array([1.5, -4.0]), np.zeros(2), np.ones(1)], expected) == [0.125, 0.0, np.inf]


def test_a_network_is_saved_as_one_table_and_loaded_again(tmp_path):
    trained, other = (Network.from_architecture("3-5-4-2", seed=seed) for seed in (1, 2))
    trained.layers[0].b[:] = 0.1
    save(trained, tmp_path / "w.csv")
    load(other, tmp_path / "w.csv")
    np.testing.assert_array_equal(other.parameters.theta, trained.parameters.theta)
    with pytest.raises(WeightsError, match="layer 1 has 3 rows of 6 numbers"):
        load(Network.from_architecture("3-6-4-2"), tmp_path / "w.csv")
