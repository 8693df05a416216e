"""Programs written for the library that the article presents run as they stand, in a process of their own."""

import os
import subprocess
import sys

import numpy as np
import pytest

#: Writes what the programs read: a folder of CSV files, as the original's examples load them.
DATA = """
import os
import numpy as np
from joml.data.generators.spin_glass import spin_glass_14

def folder_of_samples(folder):
    data = spin_glass_14()
    os.makedirs(folder)
    for part, x, y, count in (
        ("train", data.x_train, data.y_train, 640), ("test", data.x_test, data.y_test, 160)
    ):
        np.savetxt(f"{folder}/x_{part}.csv", x[:, :count].T, delimiter=",")
        np.savetxt(f"{folder}/y_{part}.csv", y[:, :count].argmax(axis=0), delimiter=",")

folder_of_samples("data")
x_train, x_test = (np.loadtxt(f"data/x_{part}.csv", np.float32, delimiter=",").T for part in ("train", "test"))
labels_train, labels_test = (np.loadtxt(f"data/y_{part}.csv", np.float32, delimiter=",") for part in ("train", "test"))
"""

#: The calls of the original's example of a training, in its order.
TRAINING = """
from joml.network import Network
from joml.layer import Layer, SoftMaxCrossEntropyOutputLayer
from joml.activations import ReLu
from joml.utils import one_hot

np.random.seed(1337)
y_train = one_hot(labels_train.astype(int))
y_test = one_hot(labels_test.astype(int))
network = Network(input_size=14, name="14-100-40-4 Arch")
network.stack(Layer(size=100, activation_function=ReLu()))
network.stack(Layer(size=40, activation_function=ReLu()))
network.output(SoftMaxCrossEntropyOutputLayer(size=4))
print(network)
network.train(x_train, y_train)
y_pred, y_hat, acc = network.test(x_test, y_test)
print("Testing accuracy :", acc)
assert acc == np.mean(y_pred.argmax(axis=0) == labels_test)
"""

#: Those of its example of a benchmark.
BENCHMARK = """
from time import gmtime, strftime
from joml.network import Network
from joml.layer import Layer, SoftMaxCrossEntropyOutputLayer
from joml.utils import one_hot

y_train, y_test = one_hot(labels_train.astype(int)), one_hot(labels_test.astype(int))
network = Network(input_size=14, name="14-20-4 Arch")
network.stack(Layer(size=20)).output(SoftMaxCrossEntropyOutputLayer(size=4))
out_file = os.path.join("logs", f"benchmark_{network.name}-{strftime('%Y-%m-%d-%H:%M:%S', gmtime())}.csv")
logger = network.benchmark(x_train, y_train, x_test, y_test, csv_file_name=out_file, num_epochs=2, learning_rate=0.002)
logger.dump_results()
logger.plot_benchmark()
with open(out_file) as written:
    assert written.readline().split(",")[0] == "n_iter"
assert len(logger.train_cost_vals) == len(logger.test_acc_vals) == 40
assert network.benchmark(x_train, y_train, x_test, y_test, 1).results()["n_iter"][-1] == 20
"""

#: The article's three networks, its loop over them, and its optimizers.
ARTICLE = """
from joml.network import Network
from joml.layer import Layer, SoftMaxCrossEntropyOutputLayer
from joml.optimizer import Adam, GradientDescent
from joml.utils import one_hot

y_train, y_test = one_hot(labels_train.astype(int)), one_hot(labels_test.astype(int))
n1 = Network(input_size=14, name="14-100-40-4 net")
n1.stack(Layer(size=100))
n1.stack(Layer(size=40))
n1.output(SoftMaxCrossEntropyOutputLayer(size=4))
n2 = Network(input_size=14, name="14-28x6-4 net")
for _ in range(6):
    n2.stack(Layer(size=28))
n2.output(SoftMaxCrossEntropyOutputLayer(size=4))
n3 = Network(input_size=14, name="14-14x28-4 net")
for _ in range(28):
    n3.stack(Layer(size=14))
n3.output(SoftMaxCrossEntropyOutputLayer(size=4))
assert [network.get_num_parameters() for network in (n1, n2, n3)] == [5704, 4596, 5940]
for network in [n1, n2, n3]:
    network.train(x_train, y_train, 2)
    y_pred, y_hat, acc = network.test(x_test, y_test)
n1.train(x_train, y_train, 1, True, optimizer=Adam(lr=0.002))
n1.train(x_train, y_train, 1, False, optimizer=GradientDescent(lr=0.01))
"""

#: Loggers, output layers and parameters.
LOGGERS = """
from joml.activations import ActivationFunction, Identity, SoftMax
from joml.logger import BenchmarkLogger, CSVLogger, Logger, MatplotlibLogger, SilentLogger, StdOutLogger
from joml.layer import Layer, ReLuMSEOutputLayer, SoftMaxCrossEntropyOutputLayer
from joml.network import Network
from joml.utils import one_hot

class Last(Logger):
    def log_cost_accuracy(self, n_epoch, cost, accuracy):
        self.heard = n_epoch, cost, accuracy

y_train = one_hot(labels_train.astype(int))
for logger in (StdOutLogger(), CSVLogger("epochs.csv"), SilentLogger(), MatplotlibLogger(), Last()):
    network = Network(14).with_logger(logger)
    network.stack(Layer(8, Identity(), "linear")).output(SoftMaxCrossEntropyOutputLayer(4))
    assert network.train(x_train, y_train, num_epochs=3, verbose=False).logger is logger
    if isinstance(logger, MatplotlibLogger):
        assert len(logger.cost_vals) == len(logger.accuracy_vals) == 3
        logger.plot_cost()
        logger.plot_accuracy()
        logger.reset()
        assert logger.cost_vals == []
    logger.log_cost_accuracy(4, 0.5, 0.75)
assert logger.heard == (4, 0.5, 0.75)
log = BenchmarkLogger(csv_file_name=None)
log.benchmark_log(train_cost=1.0, train_acc=0.5, test_cost=1.5, test_acc=0.25)
log.benchmark_log(train_cost=0.5, train_acc=0.75, test_cost=1.0, test_acc=0.5)
assert log.train_cost_vals == [1.0, 0.5] and log.test_acc_vals == [0.25, 0.5]
log.dump_results("benchmark.csv")
log.reset()
assert log.test_cost_vals == []
values = Network(14).stack(Layer(4)).output(ReLuMSEOutputLayer(1))
values.train(x_train, labels_train[np.newaxis], 2)
assert values.dims == [(4, 14), (1, 4)] and values.layers[0].dims == (4, 14)
"""

#: A loop over layers and mini-batches of one's own, and an optimizer for each array.
BY_HAND = """
from joml.network import Network
from joml.layer import Layer, SoftMaxCrossEntropyOutputLayer
from joml.optimizer import Adam
from joml.utils import one_hot

y_train = one_hot(labels_train.astype(int), num_classes=4)
layers = [Layer(size=24, name="first"), Layer(size=12), SoftMaxCrossEntropyOutputLayer(size=4)]
previous_layer_size = 14
for layer in layers:
    previous_layer_size, _ = layer.initialise(previous_layer_size)
optimizers = [(Adam(10 ** (-8), 0.01), Adam(eps=10 ** (-8), lr=0.01)) for _ in layers]

def forward(x, persist):
    for layer in layers:
        x = layer.forward_propagate(x, persist)
    return x

costs = []
for epoch in range(6):
    indices = np.arange(x_train.shape[1])
    np.random.shuffle(indices)
    for start in range(0, len(indices), 32):
        batch = indices[start:start + 32]
        forward(x_train[:, batch], True)
        W_T, delta = layers[-1].back_propagate(y_train[:, batch])
        for layer in reversed(layers[:-1]):
            W_T, delta = layer.back_propagate(W_T, delta)
        for layer, (of_W, of_b) in zip(layers, optimizers):
            layer.W = of_W.optimize(layer.W, layer.get_d_W())
            layer.b = of_b.optimize(layer.b, layer.get_d_b())
    costs.append(layers[-1].cost(y_train, forward(x_train, persist=False)))
assert costs[-1] < costs[0] - 0.1, costs
network = Network.create_from_Ws_and_bs([layer.W for layer in layers], [layer.b for layer in layers])
assert np.allclose(network.test(x_train, y_train)[1], forward(x_train, False), atol=1e-5)
network.batch_size = 64
network.train(x_train, y_train, num_epochs=1, learning_rate=0.01)
d_Ws, d_bs = network.get_dWs_dbs()
assert [d_W.shape for d_W in d_Ws] == network.dims
"""

PROGRAMS = {"training": TRAINING, "benchmark": BENCHMARK, "article": ARTICLE, "loggers": LOGGERS, "by hand": BY_HAND}


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_unchanged(name, tmp_path):
    (tmp_path / "program.py").write_text(DATA + PROGRAMS[name], encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", "program.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    if name == "training":
        assert float(done.stdout.split("Testing accuracy : ")[1]) > 0.3
    if name == "article":
        assert "epoch 1: training cost" in done.stdout
        assert np.count_nonzero(["epoch 1:" in line for line in done.stdout.splitlines()]) == 1  # verbose=True alone
