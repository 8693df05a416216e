"""Comparison of two experiments trained from the same seeds on all cores, and the significance of their difference."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from math import isfinite, isnan
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import numpy as np
from msgspec import structs

from joml.compiled.blas import ThreadLimit
from joml.statistics import metrics
from joml.statistics.baselines import Baseline, baselines
from joml.statistics.metrics import R2_NOT_DEFINED
from joml.statistics.seed_comparison import compare
from joml.task import SCORE_NAMES, Task
from joml.training.replicas import available_cores
from joml_tui.experiment import (
    Experiment,
    divides_by_seed,
    expand_user,
    hold_files,
    load_data,
    map_paths,
    name_of,
)
from joml_tui.pool import completed, interrupt_deferred, workers
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.setting_paths import show_value
from joml_tui.runs.worker.builder import build_trainer


class SeedScore(NamedTuple):
    """The result of one run from one seed."""

    accuracy: float
    diverged: bool


@dataclass(frozen=True, slots=True)
class ComparisonResults:
    """The results of two experiments from each finished seed.

    Attributes
    ----------
    names : (str, str)
    runs : (dict, dict)
        From the seed to the result.
    baselines : dict
        From the seed to the baselines on its split; all the same if the split is.
    task : {"classes", "multilabel", "regression"}
        Of both experiments; it decides the name of the score.
    """

    names: tuple[str, str]
    runs: tuple[dict[int, SeedScore], dict[int, SeedScore]] = field(default_factory=lambda: ({}, {}))
    baselines: dict[int, tuple[Baseline, Baseline]] = field(default_factory=dict)
    task: Task = "classes"

    @property
    def seeds(self) -> list[int]:
        """The seeds with complete results."""
        return sorted(self.runs[0].keys() & self.runs[1].keys() & self.baselines.keys())


def names_of(a: str, b: str) -> tuple[str, str]:
    """Return two different short names for two presets or files."""
    short_a, short_b = (Path(name).stem if Path(name).suffix in (".yaml", ".yml") else name for name in (a, b))
    return (short_a, short_b) if short_a != short_b else (f"{short_a} (A)", f"{short_b} (B)")


def difference_of_data(a: Experiment, b: Experiment) -> str:
    """Return how two experiments' data differ; empty if they are tested on the same samples.

    Their validation parts may differ, as these are taken from the training part.
    """
    kinds = name_of(a.dataset), name_of(b.dataset)
    if kinds[0] != kinds[1]:
        return f"{kinds[0]} and {kinds[1]}"
    first, second = (_tested_on(experiment) for experiment in (a, b))
    differing = [name for name in first if first[name] != second[name]]
    return ", ".join(f"{name} is {_in_words(first[name])} and {_in_words(second[name])}" for name in differing)


def _in_words(value: object) -> str:
    """Return a setting as a user writes it; "not set" if it is empty."""
    return "not set" if value in (None, "", ()) else show_value(value)


def _tested_on(experiment: Experiment) -> dict[str, object]:
    """Return all settings that decide the test samples and their scale."""
    split = experiment.split
    settings = structs.asdict(map_paths(experiment.dataset, _real))
    settings |= {"stratified": split.stratified, "by": split.by, "group": split.group}
    return settings if split.test is None else settings | {"test_share": split.test}


def _real(path: str) -> str:
    return os.path.realpath(expand_user(path))


# --- training -------------------------------------------------------------------------------------------------------


def train_all(
    results: ComparisonResults,
    experiments: tuple[Experiment, Experiment],
    seeds: int,
    processes: int | None = None,
    follow: Callable[[Iterator[Future[Any]], int], Iterator[Future[Any]]] = lambda done, _: done,
) -> None:
    """Train both experiments from the seeds 0 to ``seeds - 1``, and fill in the results as they arrive.

    A seed decides the split, the order and the initial weights through separate streams: both experiments get the same
    split and order, and the same initial weights up to the first layer that differs in shape or initialisation.

    Parameters
    ----------
    results : ComparisonResults
    experiments : (Experiment, Experiment)
        Experiments on the same data, see ``difference_of_data``. Their own seeds are ignored.
    seeds : int
    processes : int, optional
        Default: the number of cores.
    follow : callable, optional
        Wraps the iterator of finished jobs, given their number, for example to show progress.

    Raises
    ------
    ComparisonError
        A job failed; the message says which and why.
    concurrent.futures.process.BrokenProcessPool
        A process was ended from outside.
    """
    with workers(min(processes or available_cores(), 2 * seeds)) as pool:
        with interrupt_deferred():
            jobs = dict(_submit_all(pool, results, experiments, seeds))
        for job in follow(completed(jobs), len(jobs)):
            jobs[job].take(job)


class _Job(NamedTuple):
    """A worker's job: its name, and where its result goes."""

    title: str
    keep: Callable[[Any], None]

    def take(self, done: Future[Any]) -> None:
        try:
            self.keep(done.result())
        except BrokenProcessPool:
            raise
        except Exception as error:  # an error of any kind in the worker
            raise ComparisonError(f"{self.title}: {str(error) or type(error).__name__}") from error


class ComparisonError(Exception):
    """A worker's job failed; the message says which and why."""


def _submit_all(
    pool: ProcessPoolExecutor, results: ComparisonResults, experiments: tuple[Experiment, Experiment], seeds: int
) -> Iterator[tuple[Future[Any], _Job]]:
    splits = {together[0]: together for together in _seeds_of_splits(experiments[0], seeds)}
    for seed in range(seeds):
        for name, experiment, runs in zip(results.names, experiments, results.runs, strict=True):
            wanted = structs.replace(experiment, seed=seed, replicas=1)
            yield pool.submit(_train, wanted), _Job(f"{name}, seed {seed}", partial(runs.__setitem__, seed))
        if seed in splits:
            keep = partial(_keep, results, splits[seed])
            wanted = structs.replace(experiments[0], seed=seed)
            yield pool.submit(_baselines, wanted), _Job(f"the baselines, seed {seed}", keep)


def _seeds_of_splits(experiment: Experiment, seeds: int) -> list[list[int]]:
    """Return the seeds grouped by equal splits, which have the same baselines."""
    try:
        if not divides_by_seed(experiment):
            return [list(range(seeds))]
    except (ValueError, OSError):  # a worker will report the error in the data
        pass
    return [[seed] for seed in range(seeds)]


def _keep(results: ComparisonResults, seeds: Sequence[int], baselines: tuple[Baseline, Baseline]) -> None:
    results.baselines.update(dict.fromkeys(seeds, baselines))


# --- in a worker ----------------------------------------------------------------------------------------------------


def _train(experiment: Experiment) -> SeedScore:
    hold_files()  # for the next seed they are only divided anew
    with ThreadLimit():  # the other cores are used by other workers
        trainer = build_trainer(experiment)
        while not trainer.finished:
            trainer.advance(trainer.total_iterations)
        return SeedScore(trainer.test().accuracy, trainer.diverged_at is not None)


def _baselines(experiment: Experiment) -> tuple[Baseline, Baseline]:
    hold_files()
    return baselines(load_data(experiment))


# --- writing --------------------------------------------------------------------------------------------------------


def describe(results: ComparisonResults) -> str:
    """Return a table of both experiments and the baselines over the seeds, with the verdict below."""
    seeds = results.seeds
    runs = [[by_seed[seed] for seed in seeds] for by_seed in results.runs]
    constant, linear = (list(baselines) for baselines in zip(*(results.baselines[seed] for seed in seeds), strict=True))
    failed = [[_failed(run, baseline) for run, baseline in zip(side, constant, strict=True)] for side in runs]
    rows: list[tuple[str, ...]] = [("over seeds", "mean", "spread", "min", "max", "failed")]
    for name, side, failures in zip(results.names, runs, failed, strict=True):
        scores = [run.accuracy for run in side]
        rows.append((name + _of_how_many(scores), *_spread(scores), f"{100 * mean(failures):.0f} %"))
    for models in (constant, linear):
        scores = [model.accuracy for model in models]
        rows.append((models[0].name + _of_how_many(scores), *_spread(scores), ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    score = SCORE_NAMES[results.task if constant[0].interval else "regression"]
    lines = [" " * (widths[0] + 2) + f"test {score}"]
    lines += ["  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:]))).rstrip() for row in rows]
    if any(map(any, failed)):
        chance = "not above the 95 % interval of" if constant[0].interval else "no better than"
        lines.append(f"failed: diverged, or {chance} the {constant[0].name} on the same split")
    return "\n".join([*lines, *_verdict(results)])


def as_document(results: ComparisonResults) -> dict[str, Any]:
    """Return the results as plain values: each seed's figures, the baselines, and the verdict."""
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
        "verdict": " ".join(line for line in _verdict(results) if line),
        "left_out": [{"seed": seed, "why": why} for seed, why in _left_out(results).items()],
    }


def _verdict(results: ComparisonResults) -> list[str]:
    left_out = _left_out(results)
    kept = [seed for seed in results.seeds if seed not in left_out]
    sentences = [f"seed {seed} is left out of the comparison: {why}" for seed, why in left_out.items()]
    if not kept:
        return [*sentences, "", "nothing can be compared: no seed has the scores of both"]
    first, second = (np.array([by_seed[seed].accuracy for seed in kept]) for by_seed in results.runs)
    return [*sentences, "", compare(first, second, results.names).verdict]


def _left_out(results: ComparisonResults) -> dict[int, str]:
    """Return the seeds without a score, with the reasons."""
    left_out = {}
    for seed in results.seeds:
        missing = [
            name
            for name, by_seed in zip(results.names, results.runs, strict=True)
            if not isfinite(by_seed[seed].accuracy)
        ]
        if missing and isnan(results.baselines[seed][0].accuracy):
            left_out[seed] = f"R2 of the test part is {R2_NOT_DEFINED}"
        elif missing:
            left_out[seed] = f"the outputs of {' and '.join(missing)} for the test part are not finite numbers"
    return left_out


def _failed(run: SeedScore, constant: Baseline) -> bool:
    chance = constant.accuracy if constant.interval is None else constant.interval.high
    if isnan(chance):  # R2 of a test part whose values are all equal
        return run.diverged
    return run.diverged or not run.accuracy > chance


def _of_how_many(scores: Sequence[float]) -> str:
    """Return a note on the number of seeds in a row, if some have no score."""
    defined = sum(map(isfinite, scores))
    return "" if defined in (0, len(scores)) else f" ({defined:,} of {len(scores):,} seeds)"


def _spread(scores: Sequence[float]) -> tuple[str, ...]:
    """Return mean, spread, minimum and maximum of the existing scores."""
    defined = [score for score in scores if isfinite(score)]
    if not defined:
        return ("-",) * 4
    spread = metrics.spread(defined) if len(defined) > 1 else None
    return tuple(map(format_figure, (mean(defined), spread, min(defined), max(defined))))
