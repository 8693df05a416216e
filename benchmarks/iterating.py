"""What ``for step in trainer`` costs beside ``advance``, the same training: python -m benchmarks.iterating.

Each network is trained in turn by advancing, by iterating without a look at the steps, and by iterating with cost and
accuracy read at every step, round after round, in one process with one BLAS thread. Times are the thread's own, so that
other programs count for less; a ratio is the median of the rounds' own ratios.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import statistics
import time
from collections.abc import Callable, Iterable

from joml import Adam, Network, Trainer
from joml.data.generators.spin_glass import spin_glass_14

#: Networks and batch sizes, on the article's 13,107 samples.
CASES = tuple((architecture, batch) for architecture in ("14-100-40-4", "14-28x6-4") for batch in (256, 32))

#: What iterating may cost at most, in multiples of advancing.
REQUIRED = 1.3


def advance(trainer: Trainer, iterations: int) -> None:
    """Train by ``advance``."""
    trainer.advance(iterations)


def iterate(trainer: Trainer, iterations: int) -> None:
    """Train step by step; nobody reads what a step measured."""
    for _, _step in zip(range(iterations), trainer, strict=False):
        pass


def iterate_and_read(trainer: Trainer, iterations: int) -> None:
    """Train step by step, and read cost and accuracy of each."""
    for _, step in zip(range(iterations), trainer, strict=False):
        _ = step.cost, step.accuracy


WAYS: tuple[Callable[[Trainer, int], None], ...] = (advance, iterate, iterate_and_read)


def measure(architecture: str, batch_size: int, rounds: int) -> list[list[float]]:
    """Return the microseconds an iteration of each way, round by round."""
    data = spin_glass_14()
    iterations = 2 * -(-data.x_train.shape[1] // batch_size)  # two epochs a round
    figures: list[list[float]] = [[] for _ in WAYS]
    for turn in range(rounds + 1):
        for way, times in zip(WAYS, figures, strict=True):
            network = Network.from_architecture(architecture)
            trainer = Trainer(
                network, data.x_train, data.y_train, optimizer=Adam(0.002), epochs=3, batch_size=batch_size
            )
            start = time.thread_time()
            way(trainer, iterations)
            if turn:  # the first round warms up
                times.append((time.thread_time() - start) / iterations * 1e6)
    return figures


def report(rounds: int) -> Iterable[str]:
    """Yield each line of the report as soon as it is known."""
    yield "Microseconds an iteration: Adam, float32, one BLAS thread."
    yield f"Medians of {rounds} rounds; each ratio is the median of the rounds' own ratios to advancing."
    yield ""
    columns = ("advance", "for step", "ratio", "and read", "ratio", "required")
    yield f"{'network':<12} {'batch':>5} " + " ".join(f"{column:>9}" for column in columns)
    for architecture, batch_size in CASES:
        figures = measure(architecture, batch_size, rounds)
        times = [statistics.median(figure) for figure in figures]
        ratios = [statistics.median(a / b for a, b in zip(figure, figures[0], strict=True)) for figure in figures]
        cells = [f"{times[0]:.0f}", f"{times[1]:.0f}", f"{ratios[1]:.2f}", f"{times[2]:.0f}", f"{ratios[2]:.2f}"]
        cells.append(f"{REQUIRED:g}")
        yield f"{architecture:<12} {batch_size:>5} " + " ".join(f"{cell:>9}" for cell in cells)


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="how often each network is trained each way (15)")
    for line in report(parser.parse_args().rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
