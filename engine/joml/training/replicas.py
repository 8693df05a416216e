"""Training of many seeds of one network: stacked in each process, one process per core."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from joml.array_types import Array
from joml.compiled.evaluation import Evaluation
from joml.network import Network
from joml.training.checked_arguments import different_seeds
from joml.training.records import Series
from joml.training.trainer import Trainer
from joml.validation import at_least_one

#: Networks in a stack: more gain little, and their parameters do not fit into the processor's cache.
AT_ONCE = 16

#: Iterations between two collections of the seeds' series.
_BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Replica:
    """The result of one seed.

    Attributes
    ----------
    seed : int
    network : Network
        The trained network.
    costs, accuracies : (iterations,) float32 arrays
        Of each mini-batch, up to the end of this seed's training.
    checked_part : {"validation", "test"} or None
        The samples that were checked during training.
    check_iterations : tuple of int
    checks : tuple of Evaluation
        The checks after those iterations.
    diverged : bool
    kept_iteration : int
        The iteration of the network's parameters: the best check's if early stopping restored them.
    test : Evaluation or None
        Of the test samples, with these parameters.
    """

    seed: int
    network: Network
    costs: Series
    accuracies: Series
    checked_part: Literal["validation", "test"] | None
    check_iterations: tuple[int, ...]
    checks: tuple[Evaluation, ...]
    diverged: bool
    kept_iteration: int
    test: Evaluation | None

    @property
    def test_iterations(self) -> tuple[int, ...]:
        """The iterations of checks on the test samples; empty if the validation samples were checked."""
        return self.check_iterations if self.checked_part == "test" else ()

    @property
    def tests(self) -> tuple[Evaluation, ...]:
        """The checks on the test samples."""
        return self.checks if self.checked_part == "test" else ()


def train_replicas(
    network: Network,
    x_train: Array,
    y_train: Array,
    x_test: Array | None = None,
    y_test: Array | None = None,
    *,
    seeds: Sequence[int],
    processes: int | None = None,
    done: Callable[[int], None] | None = None,
    **settings: Any,
) -> tuple[Replica, ...]:
    """Train a network from many seeds, up to 16 at once in a process, with one process per core.

    The processes import the calling script, so the call must be under ``if __name__ == "__main__":``, unless
    ``processes`` is 1.

    Parameters
    ----------
    network : Network
        The network; it is not changed.
    x_train, y_train, x_test, y_test
        As for ``Trainer``.
    seeds : sequence of int
    processes : int
        Number of processes; default the number of cores; 1 trains in this process.
    done : callable, optional
        Called with the number of finished seeds whenever it changes.
    **settings
        Further arguments of ``Trainer``: x_validation, y_validation, optimizer, epochs, batch_size, test_every,
        class_weights, early_stopping.

    Returns
    -------
    tuple of Replica
        In the order of the seeds.

    Raises
    ------
    ValueError
        As for ``Trainer``, or the seeds are not all different, or the number of processes is below 1.
    """
    seeds = different_seeds(seeds, "seeds", "different seeds such as range(20)")
    workers = available_cores() if processes is None else at_least_one(processes, "processes")
    groups = grouped(seeds, workers)
    train = partial(_train_group, network, x_train, y_train, x_test, y_test, settings)
    replicas: dict[int, Replica] = {}
    for group in _in_this_process(train, groups) if workers == 1 else _in_processes(train, groups, workers):
        replicas.update({replica.seed: replica for replica in group})
        if done:
            done(len(replicas))
    return tuple(replicas[seed] for seed in seeds)


def grouped(seeds: Sequence[int], workers: int) -> list[tuple[int, ...]]:
    """Divide seeds into nearly equal groups of at most one stack; their number is a multiple of the workers."""
    rounds = -(-len(seeds) // (AT_ONCE * workers))
    parts = np.array_split(np.array(seeds, dtype=object), min(len(seeds), rounds * workers))
    return [tuple(part.tolist()) for part in parts]


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_this_process(
    train: Callable[[tuple[int, ...]], list[Replica]], groups: list[tuple[int, ...]]
) -> Iterator[list[Replica]]:
    yield from map(train, groups)


def _in_processes(
    train: Callable[[tuple[int, ...]], list[Replica]], groups: list[tuple[int, ...]], workers: int
) -> Iterator[list[Replica]]:
    # Not forked, because threads of this process, such as BLAS's, would not survive.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(groups)), mp_context=context) as pool:
        for future in as_completed([pool.submit(train, group) for group in groups]):
            yield future.result()


def _train_group(
    network: Network,
    x_train: Array,
    y_train: Array,
    x_test: Array | None,
    y_test: Array | None,
    settings: dict[str, Any],
    seeds: tuple[int, ...],
) -> list[Replica]:
    trainer = Trainer(network, x_train, y_train, x_test, y_test, replicas=seeds, **settings)
    records = []
    checks: list[tuple[int, tuple[Evaluation, ...]]] = []
    while not trainer.finished:
        steps = trainer.advance_block(_BLOCK)
        assert steps.replicas is not None
        records.append(steps.replicas)
        if steps.replicas.checked:
            checks.append((trainer.iteration, steps.replicas.checked))
    tests: Sequence[Evaluation | None] = trainer.evaluate("test") if trainer.tests else [None] * len(seeds)
    costs = np.concatenate([record.costs for record in records], axis=1)
    accuracies = np.concatenate([record.accuracies for record in records], axis=1)
    return [
        _replica(trainer, place, costs[place], accuracies[place], [(at, each[place]) for at, each in checks], test)
        for place, test in enumerate(tests)
    ]


def _replica(
    trainer: Trainer,
    place: int,
    costs: Series,
    accuracies: Series,
    checks: list[tuple[int, Evaluation]],
    test: Evaluation | None,
) -> Replica:
    end = int(trainer.ended_at[place]) or trainer.iteration
    counted = [(at, check) for at, check in checks if at <= end] or checks[-1:]
    return Replica(
        trainer.seeds[place],
        trainer.networks[place].copy(),
        costs[:end],
        accuracies[:end],
        trainer.checked_part,
        tuple(at for at, _ in counted),
        tuple(check for _, check in counted),
        bool(trainer.diverged[place]),
        int(trainer.kept_iterations[place]),
        test,
    )
