"""What a library is leant on for: threads, copies, and settings that are heeded or refused."""

import copy
import dataclasses
import inspect
import pickle
import threading

import numpy as np
import pytest

import joml
from joml import (
    ELU,
    Adam,
    BenchmarkLogger,
    CSVLogger,
    Dataset,
    GradientDescent,
    Huber,
    Identity,
    Layer,
    LeakyReLu,
    MeanSquaredError,
    Network,
    OutputLayer,
    Sigmoid,
    SilentLogger,
    SoftMaxCrossEntropyOutputLayer,
    StdoutLogger,
    Tanh,
    Trainer,
)
from joml.activations import ActivationFunction
from joml.analysis.five_steps import FiveSteps
from joml.compiled.evaluation import PART
from joml.cost import CostFunction
from joml.optimizers.per_layer import bind_layers
from joml.training.early_stopping import EarlyStopping
from joml.training.snapshots import Snapshots


def samples(count=60, features=4, classes=3, seed=0):
    x = np.random.default_rng(seed).normal(size=(features, count)).astype(np.float32)
    return x, np.eye(classes, dtype=np.float32)[np.arange(count) % classes].T


def deep():
    network = Network(4, "deep", seed=2)
    network.stack(Layer(6, LeakyReLu(0.1), normalised=True)).stack(Layer(6, Tanh(), dropout=0.2, residual=1))
    return network.output(SoftMaxCrossEntropyOutputLayer(3))


# --- threads --------------------------------------------------------------------------------------------------------


def in_threads(tasks):
    """Run tasks at the same time, and give what they give; what one raises is raised."""
    together, given, raised = threading.Barrier(len(tasks)), [None] * len(tasks), []

    def run(place, task):
        try:
            together.wait(300)
            given[place] = task()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if raised:
        raise raised[0]
    return given


def test_answers_to_several_threads_are_those_to_one():
    network = Network.from_architecture("30-200x3-3")
    inputs = [samples(40 + place % 2, 30, seed=place) for place in range(4)]

    def asked(x, y):
        return network.predict(x), network.evaluate(x, y), network.test(x, y)[1], network.cost(x, y)

    right = [asked(*each) for each in inputs]
    often = [lambda each=each: [asked(*each) for _ in range(60)] for each in inputs]
    for computed, wanted in zip(in_threads(often), right, strict=True):
        for y_hat, evaluation, tested, cost in computed:
            assert np.array_equal(y_hat, wanted[0])
            assert np.array_equal(tested, wanted[0])
            assert (evaluation, cost) == (wanted[1], wanted[3])


def test_a_pass_is_one_threads_alone():
    network = deep()
    mine, again, others = network.forward_pass(5), network.forward_pass(5), []
    thread = threading.Thread(target=lambda: others.append(network.forward_pass(5)))
    thread.start()
    thread.join(300)
    assert mine is again
    assert others[0] is not mine


def test_gradients_asked_for_during_a_training_leave_it_as_it_is():
    x, y = samples()
    alone, asked = deep(), deep()
    Trainer(alone, x, y, epochs=40, batch_size=8).advance(1_000)
    trainer, expected = Trainer(asked, x, y, epochs=40, batch_size=8), deep().gradients(x, y)

    def ask():
        while not trainer.finished:
            gradients = asked.gradients(x, y)
            assert [part.shape for part in gradients[0]] == [part.shape for part in expected[0]]
            asked.predict(x)

    in_threads([lambda: trainer.advance(1_000), ask])
    assert np.array_equal(alone.parameters.theta, asked.parameters.theta)


def test_one_trainer_in_two_threads_does_each_iteration_once():
    trainer = Trainer(deep(), *samples(), epochs=20, batch_size=8)
    alone = Trainer(deep(), *samples(), epochs=20, batch_size=8)
    first, second = in_threads([lambda: list(trainer), lambda: list(trainer)])
    steps = sorted((*first, *second), key=lambda step: step.iteration)
    assert [step.cost for step in steps] == [step.cost for step in alone]


def test_gradients_of_many_samples_are_those_of_their_parts():
    x, y = samples(2 * PART + 7)
    network = Network.from_architecture("4-5-3", dtype=np.float64)
    gradients = network.gradients(x, y)
    step = network.training_pass(x.shape[1])
    step.x[...], step.y[...] = x, y
    for call in step.calls:
        call()
    for whole, part in zip(network.get_dWs_dbs(), gradients, strict=True):
        for one, other in zip(whole, part, strict=True):
            np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-15)


def test_gradients_keep_no_more_than_a_part():
    import tracemalloc

    x, y = samples(20_000, 50)
    network = Network.from_architecture("50-100x3-3")
    network.gradients(x[:, :10], y[:, :10])
    tracemalloc.start()
    network.gradients(x, y)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    of_a_part = 4 * PART * (50 + 300 * 6 + 3 * 6)
    assert kept < 3 * of_a_part
    assert peak < 6 * of_a_part


# --- copies ---------------------------------------------------------------------------------------------------------

WAYS = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda thing: pickle.loads(pickle.dumps(thing))}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@ways
def test_a_copied_network_is_one_of_its_own(way):
    x, y = samples()
    network = deep().with_logger(BenchmarkLogger()).train(x, y, num_epochs=1)
    twin = way(network)
    before = network.predict(x)
    assert np.array_equal(twin.predict(x), before)
    assert [repr(layer) for layer in twin.layers] == [repr(layer) for layer in network.layers]
    twin.layers[0].W = 0
    twin.train(x, y, num_epochs=1)
    assert np.array_equal(network.predict(x), before)
    assert not np.array_equal(twin.predict(x), before)


@ways
def test_a_copied_network_goes_on_as_the_network_would(way):
    x, y = samples()
    network = deep().train(x, y, num_epochs=2)
    twin = way(network).train(x, y, num_epochs=2)
    network.train(x, y, num_epochs=2)
    assert np.array_equal(network.parameters.theta, twin.parameters.theta)


@ways
def test_a_copied_layer_is_free_to_be_stacked(way):
    network = deep()
    layer = way(network.layers[1])
    assert repr(layer) == repr(network.layers[1])
    with pytest.raises(RuntimeError, match="no parameters yet"):
        layer.W = 0
    layer.dropout = 0.0
    assert network.layers[1].dropout == 0.2
    Network(4).stack(Layer(6)).stack(layer)


REFUSING = {
    "trainer": (lambda: Trainer(deep(), *samples()), "fork.*checkpoint"),
    "snapshots": (lambda: Snapshots(Trainer(deep(), *samples())), "fork"),
    "five steps": (lambda: FiveSteps(deep(), *samples()), "network.copy"),
    "pass": (lambda: deep().training_pass(3), "Make another"),
    "rule": (lambda: (made := deep(), bind_layers(Adam(), made.layers, made.parameters))[1], "restore"),
}


@ways
@pytest.mark.parametrize("name", REFUSING)
def test_what_works_on_buffers_refuses_copies_and_says_what_to_do(way, name):
    make, message = REFUSING[name]
    with pytest.raises(TypeError, match=message):
        way(make())


@ways
@pytest.mark.parametrize("logger", [StdoutLogger, SilentLogger, BenchmarkLogger, joml.MatplotlibLogger])
def test_a_copied_logger_shares_nothing_and_follows_no_training(way, logger, capsys):
    heard = logger()
    deep().with_logger(heard).train(*samples(), num_epochs=2)
    before = repr(vars(heard))
    twin = way(heard)
    deep().with_logger(twin).train(*samples(), num_epochs=1)
    assert repr(vars(heard)) == before


@ways
def test_a_csv_loggers_copy_in_the_middle_of_a_training_has_begun_none(way, tmp_path):
    heard, trainer = CSVLogger(tmp_path / "a.csv"), Trainer(deep(), *samples())
    heard.begin(trainer)
    with pytest.raises(RuntimeError, match="has not seen a training yet"):
        way(heard).hear(trainer.advance(1))


VALUES = [
    Adam(0.1),
    joml.Scheduled(joml.WithGradientClipping(Adam()), joml.CosineDecay(9)),
    EarlyStopping(),
    LeakyReLu(0.2),
    Huber(2),
]


@ways
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_descriptions_are_copied_as_values(way, value):
    assert repr(way(value)) == repr(value)


@ways
def test_a_copied_data_set_has_the_same_samples(way):
    x, y = samples()
    data = Dataset(x[:, :40], y[:, :40], x[:, 40:], y[:, 40:], name="some")
    twin = way(data)
    assert twin.name == "some"
    assert np.array_equal(twin.x_test, data.x_test)


# --- settings that are changed afterwards ---------------------------------------------------------------------------


def public_attributes(thing):
    """Names of what can be read of an object and is no method."""
    names = {name for name in dir(thing) if not name.startswith("_")}
    return sorted(name for name in names if not inspect.isroutine(inspect.getattr_static(type(thing), name, None)))


#: What may be set, and is heeded: shown by tests of its own.
HEEDED = {
    "Network": {"batch_size", "generators", "logger", "name", "task", "times_trained", "has_gradients", "turn"},
    "Layer": {"W", "b", "gamma", "beta", "name", "a_lm1", "z_l", "a_l", "delta_l"},
    "Trainer": {"epochs", "learning_rate", "generators"},
}
HEEDED["SoftMaxCrossEntropyOutputLayer"] = HEEDED["OutputLayer"] = HEEDED["Layer"]


def descriptions():
    """Every optimizer, schedule, transform and setting that the engine has, each once."""
    for name in joml.__all__:
        thing = getattr(joml, name)
        if inspect.isclass(thing) and dataclasses.is_dataclass(thing) and not issubclass(thing, Dataset):
            required = [field for field in dataclasses.fields(thing) if field.default is field.default_factory]
            values = {"optimizer": Adam(), "schedule": joml.CosineDecay(5), "iterations": 5, "every": 5}
            if all(field.name in values for field in required):
                yield thing(**{field.name: values[field.name] for field in required})


BOUND = [
    deep(),
    *deep().layers,
    Network(2).output(OutputLayer(1, Identity(), MeanSquaredError())).layers[0],
    Trainer(deep(), *samples(), *samples(), early_stopping=EarlyStopping()),
    Trainer(deep(), *samples(), replicas=2),
    *descriptions(),
    *(LeakyReLu(0.1), ELU(), Huber()),
]


def test_descriptions_are_found():
    names = {type(thing).__name__ for thing in BOUND}
    assert {
        "Adam",
        "GradientDescent",
        "WithGradientClipping",
        "WithWeightDecay",
        "Scheduled",
        "OneCycle",
        "ReduceOnPlateau",
    } <= names


@pytest.mark.parametrize("thing", BOUND, ids=lambda thing: type(thing).__name__)
def test_every_public_attribute_is_refused_or_among_those_that_are_heeded(thing):
    names = public_attributes(thing)
    heeded = HEEDED.get(type(thing).__name__, set())
    constants = (
        {"name", "reads_z", "elementwise", "initialisation"}
        if isinstance(thing, ActivationFunction | CostFunction)
        else set()
    )
    for name in set(names) - heeded - constants:
        try:
            value = getattr(thing, name)
        except RuntimeError:  # gamma and beta where nothing is normalised
            value = None
        with pytest.raises((AttributeError, TypeError)):  # TypeError is Python's own for properties of its dataclasses
            setattr(thing, name, value)


@pytest.mark.parametrize("name", ["num_epochs", "epochs", "learning_rate", "optimizer", "early_stopping"])
def test_a_trainings_settings_are_refused_by_a_network(name):
    with pytest.raises(AttributeError, match=f"{name} is a setting of a training.*Trainer"):
        setattr(deep(), name, 3)


def test_an_unknown_setting_of_a_trainer_is_refused():
    with pytest.raises(AttributeError, match="batchsize of a trainer cannot be changed"):
        Trainer(deep(), *samples()).batchsize = 3


@pytest.mark.parametrize(
    ("thing", "slip", "meant"),
    [
        (deep, "batchsize", "batch_size"),
        (lambda: Layer(3), "activation", None),
        (lambda: Layer(3), "drop_out", "dropout"),
        (lambda: SoftMaxCrossEntropyOutputLayer(3), "cost_functoin", "cost_function"),
    ],
)
def test_an_attribute_that_does_not_exist_is_refused(thing, slip, meant):
    hint = f": did you mean {meant}\\?" if meant else ""
    with pytest.raises(AttributeError, match=f"has no attribute {slip}{hint}$"):
        setattr(thing(), slip, 3)


def test_a_class_of_ones_own_may_have_attributes_of_its_own():
    class Counted(Layer):
        pass

    layer = Counted(3)
    layer.uses = 2
    assert layer.uses == 2


@pytest.mark.parametrize("name", ["theta", "gradient", "blocks", "norms", "gradient_blocks", "gradient_norms"])
def test_a_networks_vectors_are_written_into_and_not_replaced(name):
    network, (x, _, *_) = deep(), samples()
    with pytest.raises(
        AttributeError, match=rf"{name} of parameters cannot be replaced.*{name}(\[0\])?\[\.\.\.\] = values"
    ):
        setattr(network.parameters, name, np.zeros(3))
    before = network.predict(x)
    network.parameters.theta += 1
    network.parameters.theta[...] -= 0.5
    assert not np.array_equal(network.predict(x), before)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_a_copy_of_parameters_has_views_of_its_own(copied):
    network = deep()
    twin, theta = copied(network.parameters), network.parameters.theta.copy()
    for view in (twin.blocks[0], twin.blocks[-1]):
        view[...] = 7
        assert np.count_nonzero(twin.theta == 7) >= view.size
    twin.gradient_blocks[0][...] = 3
    assert (twin.gradient == 3).any()
    assert np.array_equal(network.parameters.theta, theta)


def wrong_start(size, previous, generator):
    return np.zeros((size, previous + 1))


@pytest.mark.parametrize(
    "layer", [Layer.from_W_b(5, np.zeros((4, 5)), np.zeros(4)), Layer(4, initialisation=wrong_start)]
)
def test_a_network_that_cannot_be_completed_is_as_before(layer):
    network, output = Network(3).stack(layer), SoftMaxCrossEntropyOutputLayer(2)
    with pytest.raises(ValueError, match=r"shape"):
        network.output(output)
    assert (network.layers, network.done_constructing, layer.bound, output.bound) == ((layer,), False, False, False)
    with pytest.raises(RuntimeError, match="has no output layer yet"):
        network.predict(np.zeros((3, 2)))
    assert Network(3).output(output).predict(np.zeros((3, 2))).shape == (2, 2)


def test_a_networks_name_is_heeded():
    network = deep()
    network.name = "mine"
    assert (network.name, network.copy().name) == ("mine", "mine")
    assert str(network).startswith("mine")
    with pytest.raises(ValueError, match="a network's name must be a text, got 3"):
        network.name = 3


def test_a_layer_is_in_one_network_alone():
    layer = Layer(5)
    Network(4).stack(layer)
    with pytest.raises(ValueError, match="belongs to a network already"):
        Network(4).stack(layer)
    with pytest.raises(AttributeError, match=r"activation_function of .* stacked in a network"):
        layer.activation_function = Sigmoid()
    free = Layer(5)
    free.activation_function = Sigmoid()
    network = Network(4).stack(free).output(SoftMaxCrossEntropyOutputLayer(3))
    assert "sigmoid" in str(network)
    with pytest.raises(AttributeError):
        network.layers.append(Layer(3))


# --- training again -------------------------------------------------------------------------------------------------


def test_a_second_training_goes_on_with_the_shuffling():
    x, y = samples()
    twice, once = deep(), deep()
    twice.train(x, y, num_epochs=2, optimizer=GradientDescent(0.1)).train(
        x, y, num_epochs=3, optimizer=GradientDescent(0.1)
    )
    once.train(x, y, num_epochs=5, optimizer=GradientDescent(0.1))
    assert np.array_equal(twice.parameters.theta, once.parameters.theta)  # an optimizer that remembers nothing


def test_a_seed_that_is_given_begins_the_shuffling_anew():
    x, y = samples()
    orders = []
    for seed in (None, None, 2, 2):
        network = deep()
        network.generators = orders[-1][0] if orders and seed is None else None
        network.train(x, y, num_epochs=1, seed=seed)
        orders.append((network.generators, network.parameters.theta.copy()))
    assert not np.array_equal(orders[0][1], orders[1][1])
    assert np.array_equal(orders[2][1], orders[3][1])
    assert np.array_equal(orders[0][1], orders[2][1])  # the network's own seed is 2


def test_the_logger_says_that_the_optimizer_begins_afresh(capsys):
    network = deep().with_logger(StdoutLogger())
    network.train(*samples(), num_epochs=1)
    assert "afresh" not in capsys.readouterr().out
    network.train(*samples(), num_epochs=1)
    assert "it continues from its weights, with a new optimizer state" in capsys.readouterr().out


def test_four_points_make_a_batch_of_four():
    x = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])
    y = np.array([[1, 0, 0, 1], [0, 1, 1, 0]])
    network = Network.from_architecture("2-16-2", seed=1).train(x, y, num_epochs=400, optimizer=Adam(0.05))
    assert network.test(x, y)[2] == 1
    assert Trainer(network, x, y).batch_size == 4
    assert network.benchmark(x, y, x, y, num_epochs=2) is not None
    with pytest.raises(ValueError, match="a mini-batch of 32 is larger than the 4 training samples"):
        network.train(x, y, batch_size=32)
