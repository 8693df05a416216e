"""Terms of features as a network's inputs: their notation, their numbers, and data sets that have them."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from joml import Layer, Network, SoftMaxCrossEntropyOutputLayer
from joml.analysis.gradient_check import check_gradients
from joml.data.dataset import Dataset, DatasetError
from joml.data.generators.planar import circles, xor
from joml.data.input_terms import Term, TermError, compute_terms, describe_term, parse_terms, usual_terms
from joml.data.preparation import prepare
from joml.data.preparation_record import Preparation
from joml.data.readers.file_samples import FileSamples
from joml.data.split import Split

NAMES = ("x1", "x2")
SEVEN = ["x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)"]


def table(standardize=True):
    """Return data of two named features with very different scales."""
    x = np.random.default_rng(0).standard_normal((60, 2)) * [1, 100] + [5, -700]
    samples = FileSamples(x, np.arange(60) % 2, ("a", "b"), feature_names=("petal length", "mass"))
    return x, prepare(samples, Split(0.25, 0.25), 3, standardize)


def test_every_form_is_read_with_blanks_and_in_the_order_of_the_list():
    texts = ["x2", " x1 ^2", "x2 * x1", "sin( x1 )", "cos(x2)", "x1*x1"]
    assert parse_terms(texts[:-1], NAMES) == (
        Term("feature", 1, 1),
        Term("square", 0, 0),
        Term("product", 0, 1),
        Term("sin", 0, 0),
        Term("cos", 1, 1),
    )
    assert parse_terms(texts[-1:], NAMES) == (Term("square", 0, 0),)
    assert parse_terms([], NAMES) == ()


def test_names_may_contain_what_else_has_a_meaning():
    names = ("a*b", "b", "x^2", "sin(b)", "petal length")
    assert parse_terms(["a*b", "x^2", "sin(b)"], names) == tuple(Term("feature", place, place) for place in (0, 2, 3))
    assert parse_terms(["a*b*b", "x^2^2", "sin(sin(b))", "petal length*a*b"], names) == (
        Term("product", 0, 1),
        Term("square", 2, 2),
        Term("sin", 3, 3),
        Term("product", 0, 4),
    )


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["x1", "x3^2"], "'x3^2' is no input: there is no feature 'x3'; the features are x1, x2"),
        (["x1*y"], "there is no feature 'y'"),
        (["sin(X1)"], "there is no feature 'X1'"),
        (["x1^3"], "'x1^3' is no input: write such as x1, x1^2, x1*x2, sin(x1) or cos(x1); the features are x1, x2"),
        (["tan(x1)"], "there is no feature 'tan"),
        (["x1*x2*x1"], "write such as"),
        (["__import__('os')"], "is no input"),
        ([""], "'' is no input"),
        (["x1", "x2", "x1"], "'x1' is there twice: leave one of them out"),
        (["x1*x2", "x2*x1"], "'x2*x1' is the same as 'x1*x2'"),
        (["x1^2", "x1*x1"], "is the same as"),
    ],
)
def test_what_is_no_term_is_refused_with_the_features_there_are(texts, message):
    with pytest.raises(TermError, match=re.escape(message)):
        parse_terms(texts, NAMES)


def test_a_text_that_may_mean_two_terms_is_refused():
    with pytest.raises(TermError, match=re.escape("'a*b*c' may mean several terms of the features a, b*c, a*b, c")):
        parse_terms(["a*b*c"], ("a", "b*c", "a*b", "c"))
    with pytest.raises(TermError, match="may mean several"):
        parse_terms(["a"], ("a", "a"))


def test_of_many_features_the_first_are_named():
    with pytest.raises(TermError, match="there are no features"):
        parse_terms(["x1"], [])
    with pytest.raises(TermError, match="x12 and 988 more"):
        parse_terms(["none"], [f"x{place}" for place in range(1, 1001)])


def test_terms_are_exact():
    x = np.random.default_rng(1).standard_normal((2, 500)).astype(np.float32) * 3
    first, second = x.astype(np.float64)
    expected = [first, second, first**2, second**2, first * second, np.sin(first), np.sin(second)]
    computed = compute_terms(parse_terms(SEVEN, NAMES), x)
    assert computed.dtype == np.float32
    np.testing.assert_array_equal(computed, np.array(expected, np.float32))
    # In any precision and of any number of samples, a sample has the same terms.
    np.testing.assert_array_equal(
        compute_terms(parse_terms(SEVEN, NAMES), x.astype(np.float64)[:, 3:4]), computed[:, 3:4]
    )
    assert compute_terms(parse_terms(SEVEN, NAMES), x[:, :0]).shape == (7, 0)


def test_terms_are_described_as_formulas_have_them():
    described = [describe_term(term, NAMES) for term in parse_terms([*SEVEN, "cos(x2)"], NAMES)]
    assert described == ["x1", "x2", "x1²", "x2²", "x1·x2", "sin x1", "sin x2", "cos x2"]
    assert xor(samples=60).with_terms(["x1^2", "x2*x1"]).input_titles == ("x1²", "x1·x2")
    assert xor(samples=60).input_titles == NAMES


def test_the_usual_terms_are_of_two_features():
    assert list(usual_terms(NAMES)) == SEVEN
    assert usual_terms(("p", "q")) == ("p", "q", "p^2", "q^2", "p*q", "sin(p)", "sin(q)")
    assert usual_terms(("x1",)) == usual_terms(("x1", "x2", "x3")) == ()
    assert len(parse_terms(usual_terms(("a*b", "c^2")), ("a*b", "c^2"))) == 7


def test_data_have_a_row_for_each_term_and_keep_their_features():
    plain = xor(samples=100, split=Split(0.2, 0.2))
    data = plain.with_terms(SEVEN)
    assert data.feature_names == tuple(SEVEN)
    assert (data.input_size, plain.input_size) == (7, 2)
    assert data.plain is plain and plain.plain is plain
    for part in ("train", "validation", "test"):
        before, after = getattr(plain, f"x_{part}"), getattr(data, f"x_{part}")
        np.testing.assert_array_equal(after[:2], before)
        np.testing.assert_array_equal(after[2], before[0] ** 2)
        np.testing.assert_array_equal(after, data.inputs_from(before))
        np.testing.assert_array_equal(getattr(data, f"y_{part}"), getattr(plain, f"y_{part}"))
    assert data.x_train.T.flags.c_contiguous  # sample by sample


def test_without_terms_nothing_changes():
    plain = xor(samples=100)
    assert plain.with_terms(()) is plain
    assert plain.inputs_from(plain.x_test) is plain.x_test
    assert plain.with_terms(SEVEN).with_terms([]) is plain
    again = plain.with_terms(SEVEN).with_terms(["x2"])  # of the features, not of the terms
    assert again.feature_names == ("x2",) and again.plain is plain


def test_terms_too_large_for_single_precision_are_refused():
    data = Dataset([[1e30, 1.0]], [[1, 0], [0, 1]], [[1.0]], [[1], [0]])
    with pytest.raises(DatasetError, match="feature 0 of sample 0 is inf"):
        data.with_terms(["x1^2"])


@pytest.mark.parametrize("standardize", [True, False])
def test_the_preparation_gives_the_inputs_of_new_rows(standardize):
    x, plain = table(standardize)
    data = plain.with_terms(["mass", "petal length*mass", "cos(petal length)"])
    preparation = data.preparation
    assert preparation.terms == preparation.input_names == ("mass", "petal length*mass", "cos(petal length)")
    assert preparation.feature_names == plain.preparation.input_names == ("petal length", "mass")
    assert plain.preparation.terms == ()
    np.testing.assert_array_equal(preparation.scale_x(x[data.rows.test]), data.x_test.T)
    np.testing.assert_array_equal(preparation.inputs_from(plain.x_test), data.x_test)
    assert preparation.fingerprint == plain.preparation.fingerprint  # of what was read
    assert preparation.changes_to(plain.preparation) == ()


def test_the_record_keeps_the_terms_and_older_records_have_none():
    preparation = table()[1].with_terms(["mass", "mass^2"]).preparation
    again = Preparation.from_json(json.loads(json.dumps(preparation.to_json())))
    assert again.terms == ("mass", "mass^2")
    older = preparation.to_json()
    del older["terms"]
    assert Preparation.from_json(older).terms == ()


def test_a_network_on_squares_separates_circles_that_a_linear_one_does_not():
    plain = circles(samples=200, noise=0.05)
    scores = []
    for data in (plain, plain.with_terms(["x1^2", "x2^2"])):
        network = Network(input_size=2).output(SoftMaxCrossEntropyOutputLayer(size=2))
        network.train(data.x_train, data.y_train, num_epochs=60, learning_rate=0.1)
        scores.append(network.test(data.x_test, data.y_test)[2])
    assert scores[0] < 0.75 and scores[1] == 1.0


def test_gradients_of_a_network_on_terms_are_exact():
    data = xor(samples=60).with_terms(SEVEN)
    network = Network(input_size=data.input_size).stack(Layer(size=5)).output(SoftMaxCrossEntropyOutputLayer(size=2))
    assert check_gradients(network, data.x_train[:, :20], data.y_train[:, :20]).passed


def test_terms_survive_a_copy_with_other_notes():
    data = replace(xor(samples=60).with_terms(SEVEN), notes=("a note",))
    assert data.plain.input_size == 2
