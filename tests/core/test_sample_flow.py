"""The values of a network's units for one sample, against a forward pass in plain NumPy."""

import numpy as np
import pytest
from msgspec import structs
from plain_numpy import FUNCTIONS

from joml_tui import inspect
from joml_tui.experiment import CsvFile, Experiment, LayerSpec, OutputSpec, Plane, SpinGlass, Xor
from joml_tui.inspect.sample_flow import SampleFlow, SampleFlowNow, largest_units
from joml_tui.runs.worker.builder import build_subject
from joml_tui.serialization import pack, unpack

XOR = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(8, "tanh"), LayerSpec(5, "relu")), epochs=5, batch_size=16)


@pytest.fixture(scope="module")
def subject():
    built = build_subject(XOR)
    built.trainer.advance(20)
    return built


def activations(network, x):
    """Return every layer's z and a of one sample in float64."""
    a = [np.asarray(x, np.float64)]
    z = [a[0]]
    for layer in network.layers:
        z.append(layer.W.astype(np.float64) @ a[-1] + layer.b)
        a.append(FUNCTIONS[layer.activation_function.name](z[-1]))
    return z, a


def test_activations_and_weights_are_the_networks_own(subject):
    now = inspect.answer(SampleFlow("test", 3), subject)
    _, a = activations(subject.network, subject.data.x_test[:, 3])
    assert [layer.title for layer in now.layers] == ["in", "tanh", "relu", "softmax"]
    assert [layer.size for layer in now.layers] == [2, 8, 5, 2]
    for layer, expected in zip(now.layers, a, strict=True):
        np.testing.assert_allclose(layer.a, expected, atol=1e-5)
    for layer, own in zip(now.layers[1:], subject.network.layers, strict=True):
        np.testing.assert_array_equal(layer.W, own.W)
    np.testing.assert_allclose(now.y_hat, a[-1], atol=1e-5)
    np.testing.assert_array_equal(now.y, subject.data.y_test[:, 3])
    assert (now.iteration, now.sample, now.samples, now.part, now.unit) == (
        subject.trainer.iteration,
        3,
        12,
        "test",
        None,
    )
    assert now.row is None
    assert now.layers[0].names == subject.data.feature_names
    assert now.outputs == subject.data.class_names


def test_a_units_sum_is_that_of_its_weights_and_inputs(subject):
    now = inspect.answer(SampleFlow("train", 1, layer=2, unit=4), subject)
    z, a = activations(subject.network, subject.data.x_train[:, 1])
    unit, layer = now.unit, subject.network.layers[1]
    assert (unit.layer, unit.unit, unit.terms, unit.formula) == (2, 4, 8, "a = max(z, 0)")
    assert unit.z == pytest.approx(z[2][4], abs=1e-5)
    assert unit.a == pytest.approx(a[2][4], abs=1e-5)
    assert unit.bias == pytest.approx(layer.b[4])
    assert float(unit.weights @ unit.inputs) + unit.bias == pytest.approx(z[2][4], abs=1e-5)
    products = np.abs(unit.weights * unit.inputs)
    assert (np.diff(products) <= 0).all()
    first = int(unit.sources[0].removeprefix("a")) - 1
    assert unit.weights[0] == layer.W[4, first]
    assert np.isnan([unit.normalised, unit.added]).all()


def test_inputs_are_named_by_their_features(subject):
    assert set(inspect.answer(SampleFlow(layer=1), subject).unit.sources) == set(subject.data.feature_names)
    assert inspect.answer(SampleFlow(layer=0, unit=1), subject).unit is None


def test_after_the_last_sample_and_unit_comes_the_first(subject):
    now = inspect.answer(SampleFlow("test", 12, layer=9, unit=2), subject)
    assert (now.sample, now.unit.layer, now.unit.unit) == (0, 3, 0)


def test_normalising_and_residual_blocks_are_part_of_the_sum():
    layers = (LayerSpec(6, "tanh"), LayerSpec(6, "tanh", normalised=True, residual=1))
    subject = build_subject(structs.replace(XOR, layers=layers))
    unit = inspect.answer(SampleFlow("test", 0, layer=2, unit=3), subject).unit
    x = subject.data.x_test[:, 0].astype(np.float64)
    first, second = subject.network.layers[:2]
    before = np.tanh(first.W @ x + first.b)
    z = second.W @ before + second.b
    n = (z - z.mean()) / np.sqrt(z.var() + 1e-5)
    assert unit.z == pytest.approx(z[3], abs=1e-5)
    assert unit.normalised == pytest.approx(n[3], abs=1e-3)
    assert unit.added == pytest.approx(before[3], abs=1e-5)
    assert unit.a == pytest.approx(before[3] + np.tanh(n[3]), abs=1e-3)


class TestLargeLayers:
    SPINS = Experiment(dataset=SpinGlass(), layers=(LayerSpec(40), LayerSpec(9)), batch_size=64)

    def test_units_with_the_largest_weights_are_sent_and_the_requested_one(self):
        subject = build_subject(self.SPINS)
        norms = np.linalg.norm(subject.network.layers[1].W, axis=0)
        now = inspect.answer(SampleFlow(rows=12), subject)
        layer = now.layers[1]
        assert layer.size == 40
        np.testing.assert_array_equal(layer.units, np.sort(np.argsort(-norms)[:6]))
        assert now.layers[2].units.tolist() == list(range(9))
        np.testing.assert_array_equal(now.layers[2].W, subject.network.layers[1].W[:, layer.units])
        smallest = int(norms.argmin())
        chosen = inspect.answer(SampleFlow(layer=1, unit=smallest, rows=12), subject).layers[1].units
        assert smallest in chosen
        assert len(chosen) == 6

    def test_outputs_are_ranked_by_the_weights_into_them(self):
        network = build_subject(self.SPINS).network
        norms = np.linalg.norm(network.layers[2].W, axis=1)
        assert largest_units(network, 3, 2).tolist() == sorted(np.argsort(-norms)[:2].tolist())


def test_values_are_in_the_units_of_the_data(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("rooms,price\n" + "".join(f"{n % 7},{100_000 + 9_000 * (n % 7)}\n" for n in range(40)))
    dataset = CsvFile(path=str(path), label="price", task="regression", standardize=True)
    experiment = Experiment(
        dataset=dataset,
        layers=(LayerSpec(3),),
        output=OutputSpec(activation="identity", cost="mean-squared-error"),
        batch_size=8,
    )
    subject = build_subject(experiment)
    now = inspect.answer(SampleFlow("test", 2), subject)
    rooms = (now.y[0] - 100_000) / 9_000
    assert rooms == pytest.approx(round(rooms), abs=1e-3)
    assert now.row == subject.data.rows.test[2] + 1
    assert (now.row - 1) % 7 == round(rooms)


def test_the_training_goes_on_as_if_nothing_had_been_asked():
    asked, other = build_subject(XOR), build_subject(XOR)
    for subject in (asked, other):
        subject.trainer.advance(10)
    inspect.answer(SampleFlow(layer=1), asked)
    for subject in (asked, other):
        subject.trainer.advance(10)
    np.testing.assert_array_equal(asked.network.parameters.theta, other.network.parameters.theta)


def test_an_answer_travels_between_processes(subject):
    now = inspect.answer(SampleFlow(layer=1), subject)
    again = unpack(pack(now), SampleFlowNow)
    assert again.unit.sources == now.unit.sources
    np.testing.assert_array_equal(again.layers[1].W, now.layers[1].W)


def test_a_part_that_is_missing_is_refused(subject):
    with pytest.raises(ValueError, match="no validation part"):
        inspect.answer(SampleFlow("validation"), subject)


def test_a_diverged_network_is_shown_as_it_is():
    subject = build_subject(
        structs.replace(XOR, dataset=Plane(samples=40), output=OutputSpec(activation="identity", cost="huber"))
    )
    subject.network.layers[0].W[...] = np.nan
    now = inspect.answer(SampleFlow(layer=1, rows=4), subject)
    assert np.isnan(now.y_hat).all()
