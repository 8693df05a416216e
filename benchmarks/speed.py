"""Training speed beside scikit-learn's and, where it is installed, eager torch's: python -m benchmarks.speed.

Each network is trained by each library in turn, round after round, in one process with one BLAS thread and float32;
the figure is the median of the rounds, and a ratio is the median of the rounds' own ratios, since machines drift.
joml records cost and accuracy at every step; scikit-learn and torch compute the cost alone or both, as said.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import importlib.util
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from joml import Adam, Network, Trainer
from joml.architecture import parse_architecture
from joml.data.generators.spin_glass import spin_glass_14

LEARNING_RATE = 0.002


@dataclass(frozen=True)
class Case:
    """A network, its mini-batches and the ratio to scikit-learn that must be reached."""

    architecture: str
    batch_size: int
    required: float


CASES = (
    Case("14-100-40-4", 32, 6),
    Case("14-28x6-4", 32, 8),
    Case("14-14x28-4", 32, 10),
    Case("784-512-256-10", 128, 1.2),
)


def samples_for(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Return x (features, samples) and y (classes, samples): the article's, or noise of the right shape."""
    architecture = parse_architecture(case.architecture)
    if architecture.input_size == 14:
        data = spin_glass_14()
        return data.x_train, data.y_train
    generator = np.random.default_rng(0)
    x = generator.random((architecture.input_size, 6_400), np.float32)
    y = np.eye(architecture.output_size, dtype=np.float32)[generator.integers(0, architecture.output_size, 6_400)].T
    return x, np.ascontiguousarray(y)


def joml_speed(case: Case, x: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Return the steps per second of joml, cost and accuracy recorded at every step."""
    network = Network.from_architecture(case.architecture)
    trainer = Trainer(network, x, y, optimizer=Adam(LEARNING_RATE), epochs=epochs, batch_size=case.batch_size)
    start = time.perf_counter()
    while not trainer.finished:
        trainer.advance(64)
    return trainer.iteration / (time.perf_counter() - start)


def sklearn_speed(case: Case, x: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Return the steps per second of scikit-learn's MLPClassifier, which computes the cost at every step alone."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore", ConvergenceWarning)
    peer = MLPClassifier(
        parse_architecture(case.architecture).hidden_sizes,
        batch_size=case.batch_size,
        learning_rate_init=LEARNING_RATE,
        max_iter=epochs,
        alpha=0.0,
        tol=0.0,
        n_iter_no_change=epochs + 1,
    )
    rows, labels = np.ascontiguousarray(x.T), y.argmax(axis=0)
    start = time.perf_counter()
    peer.fit(rows, labels)
    return epochs * -(-x.shape[1] // case.batch_size) / (time.perf_counter() - start)


def torch_speed(case: Case, x: np.ndarray, y: np.ndarray, epochs: int) -> float:
    """Return the steps per second of eager torch with its fused Adam, cost and accuracy computed at every step."""
    import torch

    torch.set_num_threads(1)
    sizes = parse_architecture(case.architecture).sizes
    parts: list[torch.nn.Module] = []
    for previous, size in pairwise(sizes):
        parts += [torch.nn.Linear(previous, size), torch.nn.ReLU()]
    network = torch.nn.Sequential(*parts[:-1])
    optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE, fused=True)
    cost_function = torch.nn.CrossEntropyLoss()
    rows, labels = torch.from_numpy(np.array(x.T, order="C")), torch.from_numpy(y.argmax(axis=0))
    steps = 0
    start = time.perf_counter()
    for _ in range(epochs):
        for chosen in torch.randperm(len(rows)).split(case.batch_size):
            z, classes = network(rows[chosen]), labels[chosen]
            cost = cost_function(z, classes)
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
            _ = cost.detach(), (z.argmax(dim=1) == classes).float().mean()
            steps += 1
    return steps / (time.perf_counter() - start)


Speed = Callable[[Case, np.ndarray, np.ndarray, int], float]


def measure(
    case: Case, speeds: dict[str, Speed], rounds: int, seconds: float, samples: int | None
) -> dict[str, list[float]]:
    """Return steps per second of each library, round by round; each trains for about that many seconds a round."""
    x, y = (np.ascontiguousarray(each[:, :samples]) for each in samples_for(case))
    per_epoch = -(-x.shape[1] // case.batch_size)
    epochs = {name: max(1, round(seconds * speed(case, x, y, 1) / per_epoch)) for name, speed in speeds.items()}
    figures: dict[str, list[float]] = {name: [] for name in speeds}
    for _ in range(rounds):
        for name, speed in speeds.items():
            figures[name].append(speed(case, x, y, epochs[name]))
    return figures


def ratio(figures: dict[str, list[float]], peer: str) -> float:
    """Return the median over the rounds of joml's speed to a peer's."""
    return statistics.median(ours / theirs for ours, theirs in zip(figures["joml"], figures[peer], strict=True))


#: Trains 14-100-40-4 on the article's data for an epoch and prints its own peak memory in MiB. Linux counts a child's
#: peak from its parent's in getrusage, so the kernel's own figure for the process comes first.
_MEMORY_PROGRAM = """
import pathlib, re, resource, sys
from joml import Network, Trainer
from joml.data.generators.spin_glass import spin_glass_14
data = spin_glass_14()
network = Network.from_architecture('14-100-40-4')
trainer = Trainer(network, data.x_train, data.y_train, data.x_test, data.y_test, epochs=1)
while not trainer.finished:
    trainer.advance(64)
status = pathlib.Path('/proc/self/status')
peak = re.search(r'VmHWM:\\s+(\\d+)', status.read_text()) if status.exists() else None
usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(int(peak[1]) / 2**10 if peak else usage / (2**20 if sys.platform == 'darwin' else 2**10))
"""


def peak_memory() -> float:
    """Return the peak memory in MiB of a process that trains 14-100-40-4 on the article's data for an epoch."""
    return float(
        subprocess.run([sys.executable, "-c", _MEMORY_PROGRAM], capture_output=True, text=True, check=True).stdout
    )


def report(rounds: int, seconds: float, samples: int | None) -> Iterable[str]:
    """Yield each line of the report as soon as it is known."""
    speeds: dict[str, Speed] = {"joml": joml_speed, "scikit-learn": sklearn_speed}
    if importlib.util.find_spec("torch"):
        speeds["torch"] = torch_speed
    yield "Steps per second: Adam, float32, one BLAS thread; joml records cost and accuracy at every step."
    yield f"Medians of {rounds} rounds; each ratio is the median of the rounds' own ratios."
    yield ""
    columns = [*speeds, *(f"joml / {peer}" for peer in speeds if peer != "joml"), "required"]
    yield f"{'network':<16} {'batch':>5} " + " ".join(f"{column:>19}" for column in columns)
    for case in CASES:
        figures = measure(case, speeds, rounds, seconds, samples)
        cells = [f"{statistics.median(values):,.0f}" for values in figures.values()]
        cells += [f"{ratio(figures, peer):.1f}" for peer in speeds if peer != "joml"]
        cells.append(f"{case.required:g} (scikit-learn)")
        yield f"{case.architecture:<16} {case.batch_size:>5} " + " ".join(f"{cell:>19}" for cell in cells)
    if "torch" not in speeds:
        yield ""
        yield "torch is not installed, and so not measured."
    yield ""
    yield f"Peak memory of a process that trains 14-100-40-4 on the article's data: {peak_memory():.0f} MiB (below 60)"


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each library trains each network (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long it trains each time, about (2)")
    parser.add_argument("--samples", type=int, help="train on the first ones alone, for less than an epoch of them all")
    arguments = parser.parse_args()
    for line in report(arguments.rounds, arguments.seconds, arguments.samples):
        print(line, flush=True)


if __name__ == "__main__":
    main()
