"""Training of a run without a screen, with its progress on standard error."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joml.task import SCORE_NAMES
from joml_tui.cli.beat import Beat
from joml_tui.cli.narration import progress_bar, say, standard_error
from joml_tui.cli.reading_bar import reading_line, showing_reading
from joml_tui.cli.watch_lines import watch_line
from joml_tui.experiment import Experiment, load_data, one_line_name
from joml_tui.export import ExportError
from joml_tui.interruption import Interruption, interruptible, interruptions_counted
from joml_tui.reports.figure_lines import written_in_units
from joml_tui.reports.standing import Standing, standing
from joml_tui.runs.figure_text import format_figure
from joml_tui.runs.pace import Pace
from joml_tui.runs.run import ResumePoint, Run, RunState, start_run

if TYPE_CHECKING:
    from joml_tui.store import Recorder
    from joml_tui.store.run_writer import WrittenSoFar

_EXIT_CODES = {RunState.FINISHED: 0, RunState.STOPPED: 130, RunState.DIVERGED: 1, RunState.FAILED: 1}
_REFRESH_SECONDS = 0.1
#: Seconds to wait at the start for a run's number in the store, and between two looks for it.
_NUMBER_SECONDS, _SOON_SECONDS = 2.0, 0.01
#: Seconds that writing the end of a run may take.
_FLUSH_SECONDS = 60.0
#: After this many Ctrl-C, nothing is waited for.
_AT_ONCE = 2
#: Number of progress reports if standard error is not a terminal.
_TOLD = 10
#: From this size of the training data, in samples times features, a logistic regression takes seconds.
_LARGE = 5_000_000


@dataclass(frozen=True, slots=True)
class Keeping:
    """The destinations of a run that is trained without a screen.

    Attributes
    ----------
    recorder : Recorder or None
        Records it in the store during training; None for no recording.
    csv_path : Path or None
        The file for its series at the end.
    overwrite : bool
        Whether an existing file may be replaced.
    resumed : (Run, Written) or None
        The run to continue, as ``store.resumed`` returned it, already running.
    note : str
        Its note in the store.
    """

    recorder: Recorder | None = None
    csv_path: Path | None = None
    overwrite: bool = False
    resumed: tuple[Run, WrittenSoFar] | None = None
    note: str = ""


def train_headless(
    experiment: Experiment,
    keeping: Keeping | None = None,
    *,
    quiet: bool = False,
    beginning: ResumePoint | None = None,
    pace: Pace | None = None,
    watch: float | None = None,
) -> tuple[Run, int]:
    """Train an experiment to its end, or until Ctrl-C, and keep its results.

    Parameters
    ----------
    experiment : Experiment
    keeping : Keeping, optional
    quiet : bool
        Whether to hide progress.
    beginning : ResumePoint, optional
        The state to start from instead of random weights.
    pace : Pace, optional
        The pace of a run that is not resumed; default full.
    watch : float, optional
        Seconds between two plain lines of progress; default: a bar on a terminal, else ten lines.

    Returns
    -------
    run : Run
        The run, which has ended.
    code : int
        The command's exit code: 0 done, 1 failed or diverged, 130 interrupted.
    """
    keeping = keeping or Keeping()
    with interruptions_counted() as interruption:
        if keeping.resumed is not None:
            run = keeping.resumed[0]
        else:
            run = start_run(experiment, engine="thread", beginning=beginning, pace=pace)
        _record(run, keeping, quiet, interruption)
        if not quiet:
            _tell_notes(run, interruption)
        _watch(run, quiet, watch, interruption)
        if interruption.count:
            run.stop()
        while not run.wait(_REFRESH_SECONDS) and interruption.count < _AT_ONCE:
            pass
        recorder = keeping.recorder
        if recorder is not None and not recorder.flush(_FLUSH_SECONDS, lambda: interruption.count >= _AT_ONCE):
            say("joml-tui: warning: the end of this run is not in the store")
        written = keeping.csv_path is None or _keep(run, keeping.csv_path, keeping.overwrite, quiet)
        if not run.state.ended or (interruption.count and run.state is RunState.FINISHED):
            return run, _EXIT_CODES[RunState.STOPPED]
        return run, _EXIT_CODES[run.state] or int(not written)


def _record(run: Run, keeping: Keeping, quiet: bool, interruption: Interruption) -> None:
    """Record the run, and print its number as soon as it has one."""
    recorder = keeping.recorder
    if recorder is None:
        return
    if keeping.resumed is not None:
        recorder.add_resumed(*keeping.resumed)
    else:
        recorder.add(run, name=one_line_name(run.experiment), note=keeping.note)
    until = time.monotonic() + _NUMBER_SECONDS  # a slow disk is waited for at the end
    while recorder.number_of(run) is None and time.monotonic() < until and not interruption.count:
        time.sleep(_SOON_SECONDS)
    number = recorder.number_of(run)
    if number is not None and not quiet:
        going_on = ""
        if keeping.resumed is not None:
            going_on = f", from iteration {max(0, keeping.resumed[1].state_iteration):,} on"
        say(f"Run {number} in {recorder.store.path}{going_on}.")


def _tell_notes(run: Run, interruption: Interruption) -> None:
    """Show how much of the data is read, and print the notes about them as soon as they are read."""
    line = reading_line()
    while run.preparation is None and not run.wait(_SOON_SECONDS) and not interruption.count:
        if (reading := run.reading) is not None and line is not None:
            line.report(reading.name, reading.done, reading.size)
    if line is not None:
        line.clear()
    if run.preparation is None:
        return
    for note in run.preparation.notes:
        say(f"Note: {note}.")


def _watch(run: Run, quiet: bool, watch: float | None, interruption: Interruption) -> None:
    """Show a run's progress until it ends or Ctrl-C is pressed."""
    if quiet:
        while not run.wait(_REFRESH_SECONDS) and not interruption.count:
            pass
    elif watch is not None:
        _print_lines(run, Beat(watch), interruption)
    elif standard_error().isatty():
        _show_bar(run, interruption)
    else:
        _tell_progress(run, interruption)


def _show_bar(run: Run, interruption: Interruption) -> None:
    label = run.architecture or "training"
    while not run.total_iterations and not run.wait(_REFRESH_SECONDS) and not interruption.count:
        pass
    bar: Any = progress_bar(length=max(1, run.total_iterations), label=label, item_show_func=lambda _: _latest(run))
    with bar:
        ended = False
        while not ended:
            ended = run.wait(_REFRESH_SECONDS) or interruption.count > 0
            bar.update(run.iteration - bar.pos)


def _print_lines(run: Run, beat: Beat, interruption: Interruption) -> None:
    """Print a plain line whenever the beat is due, and one at the end."""
    ended = False
    while not ended:
        ended = run.wait(_REFRESH_SECONDS) or interruption.count > 0
        if run.iteration and (ended or beat.is_due()):
            say(watch_line(run))


def _tell_progress(run: Run, interruption: Interruption) -> None:
    reported, ended = 0, False
    while not ended:
        ended = run.wait(_REFRESH_SECONDS) or interruption.count > 0
        reached = int(_TOLD * run.progress)
        if run.iteration and (reached > reported or (ended and run.state is not RunState.FINISHED)):
            reported = reached
            epoch = f"epoch {run.epoch} of {run.epochs}, iteration {run.iteration:,}"
            say(f"{run.architecture}: {epoch}, {_latest(run)}")


def _latest(run: Run) -> str:
    checked = f"{run.checked_part} {SCORE_NAMES[run.task]} {format_figure(run.check_accuracy)}"
    record = run.record
    error = record.cost_in_units("train")
    if error is not None:
        return f"{record.cost_scale} {written_in_units(error)}, {checked}"
    return f"{record.cost_name} {format_figure(run.train_cost)}, {checked}"


def find_standing(run: Run, quiet: bool = False) -> Standing | None:
    """Return the standing of a finished run's test score; None if it is not available, or after Ctrl-C."""
    if run.state is not RunState.FINISHED:
        return None
    try:
        with interruptible():
            with showing_reading(quiet):
                data = load_data(run.experiment)
            if data.x_train.size > _LARGE and not quiet:
                say("Training a logistic regression for comparison; Ctrl-C skips it.")
            return standing(run, data)
    except KeyboardInterrupt:
        say("joml-tui: skipped.")
    except (ValueError, OSError, MemoryError) as error:
        say(f"joml-tui: no comparison: {error}")
    return None


def _keep(run: Run, path: Path, overwrite: bool, quiet: bool) -> bool:
    """Write the series; if that fails, into the temporary folder, so that nothing is lost."""
    from joml_tui.export import write_series_csv  # noqa: PLC0415 - few runs are written

    try:
        write_series_csv(run, path, overwrite=overwrite)
    except ExportError as error:
        say(f"joml-tui: {error}")
        if run.iteration:
            _keep_elsewhere(run)
        return False
    if not quiet:
        say(f"The series are in {path}.")
    return True


def _keep_elsewhere(run: Run) -> None:
    from joml_tui.export import write_series_csv  # noqa: PLC0415 - few runs are written

    other = Path(tempfile.mkdtemp(prefix="joml-")) / "series.csv"
    try:
        write_series_csv(run, other)
    except ExportError as error:
        say(f"joml-tui: {error}")
    else:
        say(f"joml-tui: the series are in {other} instead.")
