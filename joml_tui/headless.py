"""A run without a screen: progress on standard error, the table of results on standard output."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from joml import Dataset
from joml.baselines import baselines
from joml.intervals import accuracy_interval
from joml.scoring import SCORE_NAMES
from joml_tui.experiment import Experiment, load_dataset
from joml_tui.export import ExportError, write_series_csv
from joml_tui.runner import Run, RunState, start_run

_EXIT_CODES = {RunState.FINISHED: 0, RunState.STOPPED: 130, RunState.DIVERGED: 1, RunState.FAILED: 1}
_REFRESH_SECONDS = 0.1
#: Where standard error is no terminal, progress is told this many times.
_TOLD = 10
#: From this many training inputs on, in samples times features, a logistic regression takes seconds.
_LARGE = 5_000_000


def train_headless(experiment: Experiment, csv_path: Path | None = None, overwrite: bool = False) -> int:
    """Train an experiment, print what it reaches, and write its series if a path is given.

    Returns
    -------
    int
        The command's exit code: 0 done, 1 failed or diverged, 130 interrupted.
    """
    run = start_run(experiment, engine="thread")
    try:
        _watch(run)
    except KeyboardInterrupt:
        run.stop()
        run.wait()
    click.echo(result_table([run]))
    if run.state is RunState.FINISHED:
        _tell_standing(run)
    if run.message:
        click.echo(f"joml-tui: {run.message}", err=True)
    written = csv_path is None or _keep(run, csv_path, overwrite)
    return _EXIT_CODES[run.state] or int(not written)


def _watch(run: Run) -> None:
    if sys.stderr.isatty():
        _show_bar(run)
    else:
        _tell_progress(run)


def _show_bar(run: Run) -> None:
    label = run.architecture or "training"
    while not run.total_iterations and not run.wait(_REFRESH_SECONDS):
        pass
    bar: Any = click.progressbar(
        length=max(1, run.total_iterations), label=label, file=sys.stderr, item_show_func=lambda _: _latest(run)
    )
    with bar:
        ended = False
        while not ended:
            ended = run.wait(_REFRESH_SECONDS)
            bar.update(run.iteration - bar.pos)


def _tell_progress(run: Run) -> None:
    told, ended = 0, False
    while not ended:
        ended = run.wait(_REFRESH_SECONDS)
        reached = int(_TOLD * run.progress)
        if run.iteration and (reached > told or (ended and run.state is not RunState.FINISHED)):
            told = reached
            epoch = f"epoch {run.epoch} of {run.epochs}, iteration {run.iteration:,}"
            click.echo(f"{run.architecture}: {epoch}, {_latest(run)}", err=True)


def _latest(run: Run) -> str:
    return f"cost {_number(run.train_cost)}, test {SCORE_NAMES[run.task]} {_number(run.test_accuracy)}"


def result_table(runs: Sequence[Run]) -> str:
    """Lay out what runs have reached: accuracies and right answers are shares of 1; values have R2."""
    heads = ("network", "params", "train", "test", "train", "test", "steps/s", "time", "state")
    rows = [heads, *(_row(run) for run in runs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = [
        "  ".join(_aligned(cell, width, i) for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    scores = " / ".join(dict.fromkeys(SCORE_NAMES[run.task] for run in runs))
    before = widths[0] + widths[1] + 4
    over = " " * before + "cost".ljust(widths[2] + widths[3] + 4) + scores
    return "\n".join(line.rstrip() for line in (over, *lines))


def _tell_standing(run: Run) -> None:
    """Say how sure the test accuracy is, and what is reached on the same split without a hidden layer."""
    try:
        data = load_dataset(run.experiment.dataset, run.experiment.seed)
        if data.x_train.size > _LARGE:
            click.echo("Training logistic regression to compare with; Ctrl-C leaves it out.", err=True)
        click.echo(standing(run, data))
    except KeyboardInterrupt:
        click.echo("joml-tui: left out.", err=True)
    except (ValueError, OSError, MemoryError) as error:
        click.echo(f"joml-tui: nothing to compare with: {error}", err=True)


def standing(run: Run, data: Dataset) -> str:
    """Lay out the run's test score with its interval, and the baselines on the same split, in a line each.

    R2, the score where y are values, has no such interval.
    """
    reached, found = run.test_accuracy, baselines(data)
    shares = all(baseline.interval for baseline in found)
    line = f"test {SCORE_NAMES[run.task]} {_number(reached)}"
    if reached is not None and shares:
        interval = accuracy_interval(reached, data.test_size)
        line += f" (95 %: {_number(interval.low)} to {_number(interval.high)}, {data.test_size:,} samples)"
    compared = ", ".join(f"{baseline.name} {_number(baseline.accuracy)}" for baseline in found)
    return f"{line}\nsame split: {compared}"


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column in (0, 8) else cell.rjust(width)


def _row(run: Run) -> tuple[str, ...]:
    return (
        run.architecture or "?",
        f"{run.parameter_count:,}",
        _number(run.train_cost),
        _number(run.test_cost),
        _number(run.train_accuracy),
        _number(run.test_accuracy),
        f"{run.steps_per_second:,.0f}",
        f"{run.seconds:.1f} s",
        run.state.value,
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _keep(run: Run, path: Path, overwrite: bool) -> bool:
    """Write the series; where that fails, into the temporary folder, so that nothing is lost."""
    try:
        write_series_csv(run, path, overwrite=overwrite)
    except ExportError as error:
        click.echo(f"joml-tui: {error}", err=True)
        if run.iteration:
            _keep_elsewhere(run)
        return False
    click.echo(f"The series are in {path}.", err=True)
    return True


def _keep_elsewhere(run: Run) -> None:
    other = Path(tempfile.mkdtemp(prefix="joml-")) / "series.csv"
    try:
        write_series_csv(run, other)
    except ExportError as error:
        click.echo(f"joml-tui: {error}", err=True)
    else:
        click.echo(f"joml-tui: the series are in {other} instead.", err=True)
