"""Weights in files: what is read is what was written, what does not fit is told by layer, and nothing is unpickled."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from joml import GELU, Identity, Layer, MeanSquaredError, Network, OutputLayer, SoftMaxCrossEntropyOutputLayer, Tanh
from joml.files.weights import Weights, WeightsError, load, put, read, save, to_npz, to_safetensors, weights_of

SUFFIXES = (".npz", ".safetensors")


def network(seed=0, sizes=(3, 5, 5, 2), dtype=np.float32, activation=None, residual=1):
    made = Network(sizes[0], seed=seed, dtype=dtype)
    made.stack(Layer(sizes[1], activation or Tanh()))
    made.stack(Layer(sizes[2], GELU(), normalised=True, residual=residual))
    made.output(SoftMaxCrossEntropyOutputLayer(sizes[3]))
    made.parameters.theta[...] += np.random.default_rng(seed).normal(size=made.parameters.theta.shape)
    return made


@pytest.fixture(params=SUFFIXES, ids=["npz", "safetensors"])
def path(request, tmp_path):
    return tmp_path / f"weights{request.param}"


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_what_is_loaded_is_what_was_saved_bit_for_bit(path, dtype):
    trained, other = network(seed=1, dtype=dtype), network(seed=2, dtype=dtype)
    save(trained, path)
    load(other, path)
    np.testing.assert_array_equal(other.parameters.theta, trained.parameters.theta)
    x = np.random.default_rng(0).normal(size=(3, 7))
    np.testing.assert_array_equal(other.predict(x), trained.predict(x))


def test_arrays_are_called_by_their_layers_and_texts_say_the_architecture(path):
    trained = network()
    save(trained, path)
    archive = read(path)
    assert {name: array.shape for name, array in archive.arrays.items()} == {
        "layers.0.W": (5, 3),
        "layers.0.b": (5,),
        "layers.1.W": (5, 5),
        "layers.1.b": (5,),
        "layers.1.gamma": (5,),
        "layers.1.beta": (5,),
        "layers.2.W": (2, 5),
        "layers.2.b": (2,),
    }
    assert archive.metadata == {
        "architecture": "3-5x2-2",
        "activation_functions": '["Tanh()", "GELU()", "SoftMax()"]',
        "residual": "[0, 1, 0]",
    }
    np.testing.assert_array_equal(archive.arrays["layers.1.gamma"], trained.layers[1].gamma)
    np.testing.assert_array_equal(archive.arrays["layers.2.W"], trained.layers[2].W)


def test_other_programs_read_the_files_without_joml(tmp_path):
    trained = network()
    save(trained, tmp_path / "weights.npz")
    save(trained, tmp_path / "weights.safetensors")
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["layers.0.W"], trained.layers[0].W)
    from safetensors.numpy import load_file

    np.testing.assert_array_equal(load_file(tmp_path / "weights.safetensors")["layers.0.W"], trained.layers[0].W)


def test_the_kind_of_file_is_recognised_by_its_content(tmp_path):
    trained, other = network(seed=1), network(seed=2)
    for suffix in SUFFIXES:
        save(trained, tmp_path / f"weights{suffix}")
        (tmp_path / f"weights{suffix}").rename(tmp_path / "weights.bin")
        load(other, tmp_path / "weights.bin")
        np.testing.assert_array_equal(other.parameters.theta, trained.parameters.theta)


class TestWhatDoesNotFit:
    def refusal(self, trained, into, path):
        """What is said; the network is as it was."""
        save(trained, path, overwrite=True)
        before = into.parameters.theta.copy()
        with pytest.raises(WeightsError) as caught:
            load(into, path)
        np.testing.assert_array_equal(into.parameters.theta, before)
        assert str(path) in str(caught.value)
        return str(caught.value)

    def test_shapes_are_reported_by_layer(self, path):
        wide = network(sizes=(3, 5, 5, 2))
        into = Network.from_architecture("3-5-8-2")
        message = self.refusal(wide, into, path)
        assert "do not fit the network 3-5-8-2: layer 2: W is (5, 5) in the file, (8, 5) in the network; " in message
        assert "layer 2: b is (5,) in the file, (8,) in the network" in message
        assert "layer 3: W is (2, 5) in the file, (2, 8) in the network" in message

    def test_layers_that_are_missing_or_too_many(self, path):
        message = self.refusal(Network.from_architecture("3-5-2"), Network.from_architecture("3-5-2-2"), path)
        assert "layer 3: W is missing in the file" in message
        message = self.refusal(Network.from_architecture("3-5-2-2"), Network.from_architecture("3-5-2"), path)
        assert "layer 3: W is not in the network" in message

    def test_normalisation_on_one_side_alone(self, path):
        plain = Network.from_architecture("3-5-5-2")
        assert "layer 2: gamma is missing in the file" in self.refusal(plain, network(), path)
        assert "layer 2: beta is not in the network" in self.refusal(network(), plain, path)

    def test_other_functions_are_reported_where_shapes_fit(self, path):
        message = self.refusal(network(), network(activation=Identity(), residual=0), path)
        assert "layer 1: the activation function is Tanh() in the file, Identity() in the network" in message
        assert "layer 2: the residual is 1 in the file, 0 in the network" in message

    def test_arrays_alone_are_put_into_any_network_of_their_shapes(self, path):
        save(network(seed=1), path)
        into = network(seed=2, activation=Identity())
        put(into, Weights(read(path).arrays))
        np.testing.assert_array_equal(into.parameters.theta, network(seed=1).parameters.theta)

    @pytest.mark.parametrize("wrong", [np.nan, np.inf], ids=["nan", "inf"])
    def test_numbers_that_are_not_finite(self, path, wrong):
        trained = network()
        trained.layers[2].W[1, 3] = wrong
        message = self.refusal(trained, network(seed=2), path)
        assert f"layer 3: W is {wrong} at [1, 3]: finite float32 numbers are needed" in message

    def test_a_deep_network_does_not_fill_the_screen(self, path):
        message = self.refusal(Network.from_architecture("3-4x40-2"), Network.from_architecture("3-5x40-2"), path)
        assert message.endswith("; and 76 more")

    def test_arrays_of_another_program(self, path):
        pack = to_npz if path.suffix == ".npz" else to_safetensors
        path.write_bytes(pack(Weights({"fc1.weight": np.ones((5, 3), np.float32)})))
        with pytest.raises(WeightsError, match=r"arrays are called layers\.0\.W, .* and there are 'fc1\.weight'"):
            load(network(), path)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int8", "uint16"])
def test_numbers_of_other_types_are_taken(path, dtype):
    trained, other = network(), network(seed=2)
    arrays = {name: np.round(3 * array).astype(dtype) for name, array in weights_of(trained).arrays.items()}
    path.write_bytes((to_npz if path.suffix == ".npz" else to_safetensors)(Weights(arrays)))
    load(other, path)
    np.testing.assert_array_equal(other.layers[1].gamma, arrays["layers.1.gamma"].astype(np.float32))


def test_numbers_beyond_single_precision_are_not(path):
    arrays = dict(weights_of(network(dtype=np.float64)).arrays)
    arrays["layers.0.b"][2] = 1e39
    path.write_bytes((to_npz if path.suffix == ".npz" else to_safetensors)(Weights(arrays)))
    with pytest.raises(WeightsError, match=r"layer 1: b is 1e\+39 at \[2\]"):
        load(network(), path)


def test_texts_are_no_numbers(tmp_path):
    path = tmp_path / "weights.npz"
    arrays = dict(weights_of(network()).arrays) | {"layers.0.b": np.array(list("abcde"))}
    np.savez(path, **arrays)
    with pytest.raises(WeightsError, match="layer 1: b holds <U1 in the file, and numbers are needed"):
        load(network(), path)


@pytest.mark.parametrize("reader_knows", [False, True], ids=["unknown", "reader_knows"])
def test_bfloat16_is_reported(tmp_path, reader_knows):
    if reader_knows:
        pytest.importorskip("ml_dtypes", reason="tells NumPy of bfloat16")
    path = tmp_path / "weights.safetensors"
    header = b'{"layers.0.W":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(WeightsError, match="a type of numbers that NumPy does not have: save float32"):
        read(path)


class Harmful:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_nothing_is_unpickled(tmp_path):
    mark, path = tmp_path / "unpickled", tmp_path / "weights.npz"
    np.savez(path, **{"layers.0.W": np.array([Harmful(mark)], object)})
    with pytest.raises(WeightsError, match="never unpickled"):
        read(path)
    path.write_bytes(pickle.dumps(Harmful(mark)))
    with pytest.raises(WeightsError, match="holds no weights"):
        read(path)
    with zipfile.ZipFile(path, "w") as archive:  # as torch.save writes them
        archive.writestr("archive/data.pkl", pickle.dumps(Harmful(mark)))
    with pytest.raises(WeightsError, match="is not a NumPy array"):
        read(path)
    assert not mark.exists()


@pytest.mark.slow
def test_damaged_files_are_reported_in_a_sentence(path):
    save(network(), path)
    whole = path.read_bytes()
    generator = np.random.default_rng(0)
    damaged = [whole[:length] for length in (0, 1, 5, 9, 40, len(whole) // 2, len(whole) - 1)]
    for place in generator.integers(0, len(whole), 200):
        damaged.append(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
    refused = 0
    for content in damaged:
        path.write_bytes(content)
        try:
            load(network(), path)  # a number that was changed reads as another
        except WeightsError as error:
            refused += 1
            assert "\n" not in str(error)
            assert str(path) in str(error)
    assert refused >= 7


def test_other_files_are_no_weights(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no weights at all")
    with pytest.raises(WeightsError, match="neither an NPZ nor a safetensors file"):
        read(path)
    lone = io.BytesIO()
    np.save(lone, np.ones(3))
    path.write_bytes(lone.getvalue())
    with pytest.raises(WeightsError, match="neither an NPZ nor a safetensors file"):
        read(path)


def test_an_existing_file_is_replaced_only_when_asked(path):
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        save(network(), path)
    assert path.read_text() == "mine"
    save(network(), path, overwrite=True)
    load(network(seed=2), path)


def test_the_ending_of_the_name_chooses_the_kind(tmp_path):
    with pytest.raises(WeightsError, match=r"files that end with \.npz, \.csv or \.safetensors"):
        save(network(), tmp_path / "weights.txt")
    assert list(tmp_path.iterdir()) == []


def test_without_safetensors_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    path = tmp_path / "weights.safetensors"
    save(network(), path)
    monkeypatch.setattr("joml.files.weights.find_spec", lambda _: None)
    for refused in (lambda: load(network(), path), lambda: save(network(), tmp_path / "other.safetensors")):
        with pytest.raises(WeightsError, match=r"pip install 'joml-tui\[weights\]'"):
            refused()
    save(network(), tmp_path / "weights.npz")


def test_a_network_without_an_output_layer_has_no_weights(tmp_path):
    with pytest.raises(RuntimeError, match="no output layer yet"):
        save(Network(3), tmp_path / "weights.npz")


def test_a_regression_network_has_its_functions_told():
    made = Network(2)
    made.output(OutputLayer(1, Identity(), MeanSquaredError()))
    assert weights_of(made, dataset="sine").metadata == {
        "architecture": "2-1",
        "activation_functions": '["Identity()"]',
        "residual": "[0]",
        "dataset": "sine",
    }
