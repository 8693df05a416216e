"""A run without a screen: its progress on standard error, and what it reaches."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from joml import Dataset
from joml.baselines import Baseline, baselines
from joml.intervals import Interval, accuracy_interval
from joml.scoring import SCORE_NAMES
from joml_tui.experiment import Experiment, load_dataset
from joml_tui.export import ExportError, write_series_csv
from joml_tui.runner import Beginning, Run, RunState, start_run

if TYPE_CHECKING:
    from joml_tui.store import Recorder
    from joml_tui.store.writing import Written

_EXIT_CODES = {RunState.FINISHED: 0, RunState.STOPPED: 130, RunState.DIVERGED: 1, RunState.FAILED: 1}
_REFRESH_SECONDS = 0.1
#: How long a run's number in the store is waited for at the beginning, and how often it is looked for.
_NUMBER_SECONDS, _SOON_SECONDS = 2.0, 0.01
#: How long the last of a run may take to be written.
_FLUSH_SECONDS = 60.0
#: Where standard error is no terminal, progress is told this many times.
_TOLD = 10
#: From this many training inputs on, in samples times features, a logistic regression takes seconds.
_LARGE = 5_000_000


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where a run that is trained without a screen is kept.

    Attributes
    ----------
    recorder : Recorder or None
        Writes it into the store while it trains; None leaves it out.
    csv_path : Path or None
        Where its series go in the end.
    overwrite : bool
        Whether a file that is there may be replaced.
    resumed : (Run, Written) or None
        The run to go on with, as ``store.resumed`` gave it, already under way.
    note : str
        What is noted of it in the store.
    """

    recorder: Recorder | None = None
    csv_path: Path | None = None
    overwrite: bool = False
    resumed: tuple[Run, Written] | None = None
    note: str = ""


def train_headless(
    experiment: Experiment, keeping: Keeping | None = None, *, quiet: bool = False, beginning: Beginning | None = None
) -> tuple[Run, int]:
    """Train an experiment to its end, or until Ctrl-C stops it, and keep it as asked.

    Parameters
    ----------
    experiment : Experiment
    keeping : Keeping, optional
    quiet : bool
        Whether nothing is told of the progress.
    beginning : Beginning, optional
        What it begins from instead of random weights.

    Returns
    -------
    run : Run
        It has ended.
    code : int
        The command's exit code: 0 done, 1 failed or diverged, 130 interrupted.
    """
    keeping = keeping or Keeping()
    run = (
        keeping.resumed[0]
        if keeping.resumed is not None
        else start_run(experiment, engine="thread", beginning=beginning)
    )
    try:
        _record(run, keeping, quiet)
        _watch(run, quiet)
    except KeyboardInterrupt:
        run.stop()
        run.wait()
    if keeping.recorder is not None and not keeping.recorder.flush(_FLUSH_SECONDS):
        click.echo("joml-tui: warning: the end of this run is not in the store", err=True)
    written = keeping.csv_path is None or _keep(run, keeping.csv_path, keeping.overwrite, quiet)
    return run, _EXIT_CODES[run.state] or int(not written)


def _record(run: Run, keeping: Keeping, quiet: bool) -> None:
    """Have the run recorded, and say its number as soon as it has one."""
    recorder = keeping.recorder
    if recorder is None:
        return
    if keeping.resumed is not None:
        recorder.add_resumed(*keeping.resumed)
    else:
        recorder.add(run, note=keeping.note)
    until = time.monotonic() + _NUMBER_SECONDS  # a disk that is slow is waited for in the end
    while recorder.number_of(run) is None and time.monotonic() < until:
        time.sleep(_SOON_SECONDS)
    number = recorder.number_of(run)
    if number is not None and not quiet:
        going_on = ""
        if keeping.resumed is not None:
            going_on = f", from iteration {max(0, keeping.resumed[1].state_iteration):,} on"
        click.echo(f"Run {number} in {recorder.store.path}{going_on}.", err=True)


def _watch(run: Run, quiet: bool) -> None:
    if quiet:
        while not run.wait(_REFRESH_SECONDS):  # a wait without an end would not hear Ctrl-C everywhere
            pass
    elif sys.stderr.isatty():
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


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run's test score is worth.

    Attributes
    ----------
    score : str
        What it is called: "accuracy" or "R2".
    reached : float or None
    interval : Interval or None
        Wilson's at 95 %; R2 has none.
    samples : int
        Of the test part.
    baselines : tuple of Baseline
        What is reached on the same split without a hidden layer.
    """

    score: str
    reached: float | None
    interval: Interval | None
    samples: int
    baselines: tuple[Baseline, ...]

    def __str__(self) -> str:
        line = f"test {self.score} {_number(self.reached)}"
        if self.interval is not None:
            ends = f"{_number(self.interval.low)} to {_number(self.interval.high)}"
            line += f" (95 %: {ends}, {self.samples:,} samples)"
        compared = ", ".join(f"{baseline.name} {_number(baseline.accuracy)}" for baseline in self.baselines)
        return f"{line}\nsame split: {compared}"


def find_standing(run: Run, quiet: bool = False) -> Standing | None:
    """Find what a finished run's test score is worth; None where that cannot be told, or Ctrl-C leaves it out."""
    if run.state is not RunState.FINISHED:
        return None
    try:
        data = load_dataset(run.experiment.dataset, run.experiment.seed)
        if data.x_train.size > _LARGE and not quiet:
            click.echo("Training logistic regression to compare with; Ctrl-C leaves it out.", err=True)
        return standing(run, data)
    except KeyboardInterrupt:
        click.echo("joml-tui: left out.", err=True)
    except (ValueError, OSError, MemoryError) as error:
        click.echo(f"joml-tui: nothing to compare with: {error}", err=True)
    return None


def standing(run: Run, data: Dataset) -> Standing:
    """Give the run's test score with its interval, and the baselines on the same split."""
    reached, found = run.test_accuracy, baselines(data)
    shares = all(baseline.interval for baseline in found)
    interval = accuracy_interval(reached, data.test_size) if reached is not None and shares else None
    return Standing(SCORE_NAMES[run.task], reached, interval, data.test_size, found)


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


def _keep(run: Run, path: Path, overwrite: bool, quiet: bool) -> bool:
    """Write the series; where that fails, into the temporary folder, so that nothing is lost."""
    try:
        write_series_csv(run, path, overwrite=overwrite)
    except ExportError as error:
        click.echo(f"joml-tui: {error}", err=True)
        if run.iteration:
            _keep_elsewhere(run)
        return False
    if not quiet:
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
