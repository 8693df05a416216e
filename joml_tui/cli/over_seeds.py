"""Training from many seeds without a screen: comparisons and reproductions, with progress on standard error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from pathlib import Path

from joml_tui.cli.exit_codes import DONE, FAILED, INTERRUPTED, narrate, warn
from joml_tui.cli.output import write_text
from joml_tui.cli.progress import with_progress
from joml_tui.experiment import Experiment, task_of
from joml_tui.export import ExportError, write_rows
from joml_tui.pool import share_out
from joml_tui.reports import comparison, reproduction
from joml_tui.reports.article import Case, CaseOutcome
from joml_tui.reports.comparison import ComparisonError, ComparisonResults

_ENDED = "a training process was killed; is there enough memory for --processes?"


def compare_headless(
    names: tuple[str, str],
    experiments: tuple[Experiment, Experiment],
    seeds: int,
    processes: int | None = None,
    *,
    quiet: bool = False,
    write: Callable[[ComparisonResults], None] | None = None,
) -> int:
    """Train both experiments from the seeds 0 to ``seeds - 1``, and print their results and the comparison.

    Parameters
    ----------
    names : (str, str)
        Names of the two.
    experiments : (Experiment, Experiment)
        Experiments on the same data, see ``comparison.difference_of_data``. Their own seeds are ignored.
    seeds : int
    processes : int, optional
        Default: the number of cores.
    quiet : bool
        Hide progress.
    write : callable, optional
        Writes the results; default: ``comparison.describe`` on standard output.

    Returns
    -------
    int
        The command's exit code: 0 done, 1 failed, 130 interrupted.
    """
    results, code, message = ComparisonResults(names, task=task_of(experiments[0].dataset)), DONE, ""
    try:
        comparison.train_all(
            results,
            experiments,
            seeds,
            processes,
            lambda done, count: with_progress(done, count, " and ".join(names), quiet),
        )
    except KeyboardInterrupt:
        code, message = INTERRUPTED, f"interrupted: {len(results.seeds)} of {seeds} seeds are done"
    except BrokenProcessPool:
        code, message = FAILED, _ENDED
    except (ComparisonError, OSError) as error:
        code, message = FAILED, str(error)
    if results.seeds and write is not None:
        write(results)
    elif results.seeds:
        write_text(comparison.describe(results))
    if message:
        warn(message)
    return code


def reproduce_headless(
    cases: Sequence[Case],
    seeds: Sequence[int],
    processes: int | None = None,
    csv_path: Path | None = None,
    overwrite: bool = False,
    *,
    quiet: bool = False,
    write: Callable[[Sequence[CaseOutcome]], None] | None = None,
) -> int:
    """Train every case from every seed, print the tables, and write one row per run if a path is given.

    Parameters
    ----------
    cases : sequence of Case
        As ``reproduction.cases_of`` returns them.
    seeds : sequence of int
    processes : int, optional
        Default: the number of cores.
    csv_path : Path, optional
    overwrite : bool
        Replace the CSV file if it exists.
    quiet : bool
        Hide progress.
    write : callable, optional
        Writes the outcomes; default: ``reproduction.describe`` on standard output.

    Returns
    -------
    int
        The command's exit code: 0 done, 1 failed, 130 interrupted (the tables are then of what was done).
    """
    outcomes: list[CaseOutcome] = []
    # The longest jobs start first, so that all processes are busy to the end.
    jobs = [(case, seed) for case in sorted(cases, key=reproduction.effort_of, reverse=True) for seed in seeds]
    code, message = DONE, ""
    try:
        with closing(share_out(reproduction.train, jobs, processes)) as results:
            for outcome in with_progress(results, len(jobs), "reproduce", quiet):
                outcomes.append(outcome)  # not extend: an interrupt must not lose finished results
    except KeyboardInterrupt:
        code, message = INTERRUPTED, f"interrupted: {len(outcomes)} of {len(jobs)} runs are done"
    except BrokenProcessPool:
        code, message = FAILED, _ENDED
    except Exception as error:  # an error of any kind in a worker ends this command
        code, message = FAILED, str(error) or type(error).__name__
    outcomes.sort(key=lambda outcome: (cases.index(outcome.case), outcome.seed))
    if outcomes and write is not None:
        write(outcomes)
    elif outcomes:
        write_text(reproduction.describe(outcomes))
    if message:
        warn(message)
    written = csv_path is None or not outcomes or _write_csv(outcomes, csv_path, overwrite, quiet)
    return code or (DONE if written else FAILED)


def _write_csv(outcomes: Sequence[CaseOutcome], path: Path, overwrite: bool, quiet: bool) -> bool:
    try:
        write_rows(path, reproduction.COLUMNS, map(reproduction.row_of, outcomes), overwrite)
    except ExportError as error:
        warn(str(error))
        return False
    if not quiet:
        narrate(f"Written: {path}, one row per run")
    return True
