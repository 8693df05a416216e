"""Network-steps per second of replicas, to one network at a time: python -m benchmarks.replicas.

A network-step is one iteration of one network. Each round measures a single network, a stack of replicas on one core,
one such stack in a process on every core, and a single network in each of them, which tells what the machine's cores
are worth together; each for the same time. A ratio is the median of the rounds' own ratios, since machines drift.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Iterable
from multiprocessing.pool import Pool
from multiprocessing.synchronize import Barrier

from joml import Adam, Network, Trainer
from joml.data.generators.spin_glass import spin_glass_14
from joml.training.replicas import available_cores

ARCHITECTURES = ("14-100-40-4", "14-28x6-4", "14-14x28-4")
REQUIRED_ON_ONE_CORE, REQUIRED_ON_TWO = 1.35, 2.0

_start: Barrier


def speed(architecture: str, replicas: int | None, seconds: float, start: Barrier | None = None) -> float:
    """Return the network-steps per second of one network, or of a stack, over about that many seconds."""
    data = spin_glass_14()
    network = Network.from_architecture(architecture)
    trainer = Trainer(network, data.x_train, data.y_train, optimizer=Adam(0.002), epochs=1_000_000, replicas=replicas)
    while trainer.iteration < 50:
        trainer.advance(50)
    if start is not None:
        start.wait()
    before, began = trainer.iteration, time.perf_counter()
    while time.perf_counter() - began < seconds:
        trainer.advance(64)
    return (trainer.iteration - before) * (replicas or 1) / (time.perf_counter() - began)


def _take_barrier(start: Barrier) -> None:
    global _start  # noqa: PLW0603
    _start = start


def _speed_in_step(architecture: str, replicas: int | None, seconds: float) -> float:
    return speed(architecture, replicas, seconds, _start)


def speed_on_all_cores(pool: Pool, cores: int, architecture: str, replicas: int | None, seconds: float) -> float:
    """Return the network-steps per second of one network or stack a core, begun together."""
    return sum(pool.starmap(_speed_in_step, [(architecture, replicas, seconds)] * cores, chunksize=1))


def report(replicas: int, cores: int, rounds: int, seconds: float) -> Iterable[str]:
    """Yield each line of the report as soon as it is known."""
    context = multiprocessing.get_context("spawn")
    yield f"Network-steps per second: Adam, batches of 32, float32; stacks of {replicas} replicas, {cores} cores."
    yield f"Medians of {rounds} rounds; each ratio is the median of the rounds' own ratios to one network at a time."
    yield ""
    heads = f"{'network':<12} {'one':>9} {'stack':>9} {'ratio':>6} {'required':>9}"
    yield f"{heads} {f'{cores} stacks':>10} {'ratio':>6} {'required':>9} {f'{cores} singles':>10} {'ratio':>6}"
    with context.Pool(cores, _take_barrier, (context.Barrier(cores),)) as pool:
        for architecture in ARCHITECTURES:
            rows = []
            for _ in range(rounds):
                one, stack = speed(architecture, None, seconds), speed(architecture, replicas, seconds)
                stacks, singles = (
                    speed_on_all_cores(pool, cores, architecture, each, seconds) for each in (replicas, None)
                )
                rows.append((one, stack, stacks, singles))
            one, stack, stacks, singles = (statistics.median(figures) for figures in zip(*rows, strict=True))
            ratios = [statistics.median(figures[place] / figures[0] for figures in rows) for place in (1, 2, 3)]
            yield (
                f"{architecture:<12} {one:>9,.0f} {stack:>9,.0f} {ratios[0]:>6.2f} {REQUIRED_ON_ONE_CORE:>9.2f} "
                f"{stacks:>10,.0f} {ratios[1]:>6.2f} {REQUIRED_ON_TWO:>9.2f} {singles:>10,.0f} {ratios[2]:>6.2f}"
            )


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--replicas", type=int, default=16, help="networks in a stack (16)")
    parser.add_argument("--cores", type=int, default=available_cores(), help="processes (one a core)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each time, about (1)")
    arguments = parser.parse_args()
    for line in report(arguments.replicas, arguments.cores, arguments.rounds, arguments.seconds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
