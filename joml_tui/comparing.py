"""Two experiments trained from the same seeds, over all cores, and what their difference is worth."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from math import isfinite
from pathlib import Path
from statistics import mean, stdev
from typing import Any, NamedTuple

import click
import numpy as np
from msgspec import structs

from joml.baselines import Baseline, baselines
from joml.blas import threads_for
from joml.comparison import compare
from joml.replicas import available_cores
from joml_tui.experiment import DatasetSpec, Experiment, expand_user, load_dataset, map_paths
from joml_tui.pool import interrupt_deferred, with_progress, workers
from joml_tui.running.building import build_trainer

_DONE, _FAILED, _INTERRUPTED = 0, 1, 130


class Reached(NamedTuple):
    """Where one run from one seed ended."""

    accuracy: float
    diverged: bool


@dataclass(frozen=True, slots=True)
class Results:
    """What two experiments reached from each seed that is done.

    Attributes
    ----------
    names : (str, str)
    runs : (dict, dict)
        From the seed to what was reached.
    baselines : dict
        From the seed to the baselines on its split.
    """

    names: tuple[str, str]
    runs: tuple[dict[int, Reached], dict[int, Reached]] = field(default_factory=lambda: ({}, {}))
    baselines: dict[int, tuple[Baseline, Baseline]] = field(default_factory=dict)

    @property
    def seeds(self) -> list[int]:
        """The seeds of which everything is known."""
        return sorted(self.runs[0].keys() & self.runs[1].keys() & self.baselines.keys())


def compare_headless(
    names: tuple[str, str],
    experiments: tuple[Experiment, Experiment],
    seeds: int,
    processes: int | None = None,
    *,
    quiet: bool = False,
    told: Callable[[Results], None] | None = None,
) -> int:
    """Train both experiments from the seeds 0 to ``seeds - 1``, and print what they reach and how they differ.

    A seed decides the split, the order and the initial weights, each by a stream of its own: both get the same split
    and order, and layers of the same shape and initialisation the same weights, up to the first layer that differs.

    Parameters
    ----------
    names : (str, str)
        What the two are called.
    experiments : (Experiment, Experiment)
        On the same data; ``difference_of_data`` tells. Their own seeds do not count.
    seeds : int
    processes : int, optional
        As many as there are cores unless said.
    quiet : bool
        Whether nothing is told of the progress.
    told : callable, optional
        Tells the results; unless given, ``describe`` lays them out on standard output.

    Returns
    -------
    int
        The command's exit code: 0 done, 1 failed, 130 interrupted.
    """
    results, code, message = Results(names), _DONE, ""
    try:
        _train_all(results, experiments, seeds, processes or available_cores(), quiet)
    except KeyboardInterrupt:
        code = _INTERRUPTED
        message = f"interrupted: {len(results.seeds)} of {seeds} seeds are done"
    except BrokenProcessPool:
        code, message = _FAILED, "a process that trained was ended from outside; is there memory for --processes?"
    except (_JobError, OSError) as error:
        code, message = _FAILED, str(error)
    if results.seeds and told is not None:
        told(results)
    elif results.seeds:
        click.echo(describe(results))
    if message:
        click.echo(f"joml-tui: {message}", err=True)
    return code


def names_of(a: str, b: str) -> tuple[str, str]:
    """Give short names to two presets or files, different from each other."""
    short_a, short_b = (Path(name).stem if Path(name).suffix in (".yaml", ".yml") else name for name in (a, b))
    return (short_a, short_b) if short_a != short_b else (f"{short_a} (A)", f"{short_b} (B)")


def difference_of_data(a: DatasetSpec, b: DatasetSpec) -> str:
    """Say how two experiments' data differ; nothing where they are the same."""
    first, second = (structs.asdict(map_paths(spec, _real)) for spec in (a, b))
    kinds = type(a).__struct_config__.tag, type(b).__struct_config__.tag
    if kinds[0] != kinds[1]:
        return f"{kinds[0]} and {kinds[1]}"
    return ", ".join(f"{name} {first[name]!r} and {second[name]!r}" for name in first if first[name] != second[name])


def _real(path: str) -> str:
    return os.path.realpath(expand_user(path))


# --- training -------------------------------------------------------------------------------------------------------


def _train_all(
    results: Results, experiments: tuple[Experiment, Experiment], seeds: int, processes: int, quiet: bool
) -> None:
    """Fill the results; raises what a worker raised."""
    with workers(min(processes, 2 * seeds)) as pool:
        with interrupt_deferred():
            jobs = dict(_submit_all(pool, results, experiments, seeds))
        for job in with_progress(as_completed(jobs), len(jobs), " and ".join(results.names), quiet):
            jobs[job].take(job)


class _Job(NamedTuple):
    """What a worker does: what it is called, and where its result goes."""

    title: str
    keep: Callable[[Any], None]

    def take(self, done: Future[Any]) -> None:
        try:
            self.keep(done.result())
        except BrokenProcessPool:
            raise
        except Exception as error:  # whatever it was in the worker
            raise _JobError(f"{self.title}: {str(error) or type(error).__name__}") from error


class _JobError(Exception):
    """A worker could not do its job; says which and why."""


def _submit_all(
    pool: ProcessPoolExecutor, results: Results, experiments: tuple[Experiment, Experiment], seeds: int
) -> Iterator[tuple[Future[Any], _Job]]:
    for seed in range(seeds):
        for name, experiment, runs in zip(results.names, experiments, results.runs, strict=True):
            wanted = structs.replace(experiment, seed=seed, replicas=1)
            yield pool.submit(_train, wanted), _Job(f"{name}, seed {seed}", partial(runs.__setitem__, seed))
        keep = partial(results.baselines.__setitem__, seed)
        yield pool.submit(_baselines, experiments[0].dataset, seed), _Job(f"the baselines, seed {seed}", keep)


# --- in a worker ----------------------------------------------------------------------------------------------------


def _train(experiment: Experiment) -> Reached:
    with threads_for(1):  # the other cores are the other workers'
        trainer = build_trainer(experiment)
        while not trainer.finished:
            trainer.advance(trainer.total_iterations)
        return Reached(trainer.test().accuracy, trainer.diverged_at is not None)


def _baselines(dataset: DatasetSpec, seed: int) -> tuple[Baseline, Baseline]:
    return baselines(load_dataset(dataset, seed))


# --- telling --------------------------------------------------------------------------------------------------------


def describe(results: Results) -> str:
    """Lay out both experiments and the baselines over the seeds, a line each, and the verdict beneath."""
    seeds = results.seeds
    runs = [[by_seed[seed] for seed in seeds] for by_seed in results.runs]
    constant, linear = (list(found) for found in zip(*(results.baselines[seed] for seed in seeds), strict=True))
    failed = [[_failed(run, baseline) for run, baseline in zip(side, constant, strict=True)] for side in runs]
    rows: list[tuple[str, ...]] = [("over seeds", "mean", "spread", "min", "max", "failed")]
    for name, side, failures in zip(results.names, runs, failed, strict=True):
        rows.append((name, *_spread([run.accuracy for run in side]), f"{100 * mean(failures):.0f} %"))
    for models in (constant, linear):
        rows.append((models[0].name, *_spread([model.accuracy for model in models]), ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [" " * (widths[0] + 2) + ("test accuracy" if constant[0].interval else "test R2")]
    lines += ["  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:]))).rstrip() for row in rows]
    if any(map(any, failed)):
        chance = "not above the 95 % interval of" if constant[0].interval else "no better than"
        lines.append(f"failed: diverged, or {chance} the {constant[0].name} on the same split")
    return "\n".join([*lines, *_verdict(results.names, seeds, *runs)])


def as_document(results: Results) -> dict[str, Any]:
    """Give the results as plain values: what each seed reached, the baselines, and the verdict."""
    seeds = results.seeds
    runs = [[by_seed[seed] for seed in seeds] for by_seed in results.runs]
    return {
        "seeds": seeds,
        "score": "accuracy" if all(results.baselines[seed][0].interval for seed in seeds) else "r2",
        "results": [
            {
                "name": name,
                "test": [run.accuracy for run in side],
                "diverged": [run.diverged for run in side],
                "failed": [_failed(run, results.baselines[seed][0]) for run, seed in zip(side, seeds, strict=True)],
            }
            for name, side in zip(results.names, runs, strict=True)
        ],
        "baselines": [
            {"name": both[0].name, "test": [baseline.accuracy for baseline in both]}
            for both in zip(*(results.baselines[seed] for seed in seeds), strict=True)
        ],
        "verdict": " ".join(line for line in _verdict(results.names, seeds, *runs) if line),
    }


def _verdict(names: tuple[str, str], seeds: Sequence[int], a: Sequence[Reached], b: Sequence[Reached]) -> list[str]:
    pairs = np.array([(first.accuracy, second.accuracy) for first, second in zip(a, b, strict=True)])
    finite = np.isfinite(pairs).all(axis=1)
    left_out = [
        f"seed {seed} is left out: it gave no number" for seed, kept in zip(seeds, finite, strict=True) if not kept
    ]
    if not finite.any():
        return [*left_out, "", "no seed gave numbers to compare"]
    first, second = pairs[finite].T
    return [*left_out, "", compare(first, second, names).verdict]


def _failed(run: Reached, constant: Baseline) -> bool:
    chance = constant.accuracy if constant.interval is None else constant.interval.high
    return run.diverged or not run.accuracy > chance


def _spread(accuracies: Sequence[float]) -> tuple[str, ...]:
    if not all(map(isfinite, accuracies)):
        return ("-",) * 4
    spread = f"{stdev(accuracies):.4f}" if len(accuracies) > 1 else "-"
    return f"{mean(accuracies):.4f}", spread, f"{min(accuracies):.4f}", f"{max(accuracies):.4f}"
