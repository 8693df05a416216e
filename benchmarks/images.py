"""Training speed of networks of images beside eager torch's: python -m benchmarks.images.

As in benchmarks.speed, both train in turn in one process with one BLAS thread and float32, on 28x28 noise in
mini-batches of 64; a ratio is the median of the rounds' own ratios. Both compute cost and accuracy at every step.

On Linux each library also trains alone in a process of its own: its memory is the most that the process used, less what
it used after importing the library.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import importlib.util
import multiprocessing
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from joml import Adam, BatchNormalisation, Convolution2D, Layer, MaxPooling2D, Network, SoftMaxCrossEntropyOutputLayer
from joml.layers.base_layer import BaseLayer, Shape
from joml.training.trainer import Trainer

SHAPE, CLASSES, BATCH, SAMPLES = (1, 28, 28), 10, 64, 1_280

#: The hidden layers of each network.
NETWORKS: tuple[Callable[[], list[BaseLayer]], ...] = (
    lambda: [Convolution2D(8, 5), MaxPooling2D(2), Layer(30)],
    lambda: [
        *(Convolution2D(6, 5, padding=2), MaxPooling2D(2), Convolution2D(16, 5), MaxPooling2D(2)),
        *(Layer(120), Layer(84)),
    ],
    lambda: [
        *(Convolution2D(8, 3, padding=1), BatchNormalisation(), MaxPooling2D(2)),
        *(Convolution2D(16, 3, padding=1), BatchNormalisation(), MaxPooling2D(2), Layer(64)),
    ],
    lambda: [
        *(Convolution2D(16, 3, padding=1), MaxPooling2D(2), Convolution2D(32, 3, padding=1), MaxPooling2D(2)),
        Layer(64),
    ],
)
#: Steps of a training whose memory is measured: all buffers are made in the first ones.
MEMORY_STEPS = 8


def network_of(layers: Iterable[BaseLayer]) -> Network:
    """Return a network of these hidden layers."""
    network = Network(SHAPE)
    for layer in layers:
        network.stack(layer)
    return network.output(SoftMaxCrossEntropyOutputLayer(CLASSES))


def torch_layer(layer: BaseLayer, shape: Shape) -> list[Any]:
    """Return torch's modules for a layer after a shape."""
    from torch import nn

    if isinstance(layer, Convolution2D):
        return [nn.Conv2d(shape[0], layer.channels, layer.kernel, layer.stride, layer.padding), nn.ReLU()]
    if isinstance(layer, MaxPooling2D):
        return [nn.MaxPool2d(layer.kernel, layer.stride)]
    if isinstance(layer, BatchNormalisation):
        return [nn.BatchNorm2d(shape[0])]
    return [nn.Flatten(), nn.Linear(int(np.prod(shape)), layer.size), nn.ReLU()]


def joml_steps(network: Network, x: np.ndarray, y: np.ndarray) -> Callable[[int], object]:
    """Return a function that does a number of steps of joml."""
    return Trainer(network, x, y, optimizer=Adam(0.001), epochs=10**6, batch_size=BATCH).advance


def torch_steps(network: Network, x: np.ndarray, y: np.ndarray) -> Callable[[int], object]:
    """Return a function that does a number of steps of torch on the same layers, with its fused Adam."""
    import torch

    torch.set_num_threads(1)
    pairs = zip(network.layers, network.shapes, strict=False)
    modules = [module for layer, shape in pairs for module in torch_layer(layer, shape)]
    peer = torch.nn.Sequential(*modules[:-1])  # the softmax is in the cost
    optimizer = torch.optim.Adam(peer.parameters(), 0.001, fused=True)
    rows, labels = torch.from_numpy(x.T.reshape(-1, *SHAPE).copy()), torch.from_numpy(y.argmax(axis=0))

    def advance(steps: int) -> None:
        for _ in range(steps):
            chosen = torch.randint(len(rows), (BATCH,))
            z, classes = peer(rows[chosen]), labels[chosen]
            cost = torch.nn.functional.cross_entropy(z, classes)
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
            _ = cost.detach(), (z.argmax(dim=1) == classes).float().mean()

    return advance


def seconds_of(advance: Callable[[int], object], steps: int) -> float:
    """Return how long a number of steps takes."""
    start = time.perf_counter()
    advance(steps)
    return time.perf_counter() - start


def noise() -> tuple[np.ndarray, np.ndarray]:
    """Return images of noise, and classes of theirs."""
    generator = np.random.default_rng(0)
    x = generator.random((int(np.prod(SHAPE)), SAMPLES), np.float32)
    return x, np.eye(CLASSES, dtype=np.float32)[generator.integers(0, CLASSES, SAMPLES)].T


def peak_memory(library: str, place: int) -> float:
    """Return the most memory in MB that training a network with a library adds to the process after its imports."""
    steps = {"joml": joml_steps, "torch": torch_steps}[library]
    if library == "torch":
        import torch

        torch.set_num_threads(1)
    imported = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak so far
    steps(network_of(NETWORKS[place]()), *noise())(MEMORY_STEPS)
    return (_status("VmHWM") - imported) / 1024


def _status(name: str) -> int:
    match = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert match is not None
    return int(match[1])


def memory_alone(library: str, place: int) -> str:
    """Return this memory of a process of its own, as text; a dash where the system does not tell."""
    if sys.platform != "linux":
        return "-"
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return f"{pool.submit(peak_memory, library, place).result():,.0f}"


def report(rounds: int, steps: int) -> Iterable[str]:
    """Yield each line of the report as soon as it is known."""
    if not importlib.util.find_spec("torch"):
        yield "torch is not installed, and so networks of images are not compared."
        return
    x, y = noise()
    yield f"Steps per second on images, mini-batches of {BATCH}; the ratio required is 1. Memory beyond imports, in MB."
    yield f"{'network':<40} {'joml':>8} {'torch':>8} {'joml / torch':>13} {'joml MB':>8} {'torch MB':>9}"
    for place, layers in enumerate(NETWORKS):
        network = network_of(layers())
        ours, theirs = joml_steps(network, x, y), torch_steps(network, x, y)
        times = [(seconds_of(ours, steps), seconds_of(theirs, steps)) for _ in range(rounds + 1)][1:]
        speeds = [f"{statistics.median(steps / each[which] for each in times):,.0f}" for which in (0, 1)]
        memory = [memory_alone(library, place) for library in ("joml", "torch")]
        ratio = statistics.median(torch / joml for joml, torch in times)
        yield f"{network.architecture:<40} {speeds[0]:>8} {speeds[1]:>8} {ratio:>13.2f} {memory[0]:>8} {memory[1]:>9}"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="how often each library trains each network (7)")
    parser.add_argument("--steps", type=int, default=20, help="steps of each time (20)")
    arguments = parser.parse_args()
    for line in report(arguments.rounds, arguments.steps):
        print(line, flush=True)


if __name__ == "__main__":
    main()
