"""Training of a sweep without a screen: progress on standard error, results on standard output."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from joml.training.replicas import available_cores
from joml_tui.cli.narration import say
from joml_tui.cli.output import write_json_text, write_text
from joml_tui.cli.progress import with_progress
from joml_tui.interruption import interruptions_counted
from joml_tui.store import Store, StoreError, open_store
from joml_tui.sweep.coordinator import JobOutcome, SweepError, alone, kept_before, train_sweep
from joml_tui.sweep.executors import Crew, CrewError, cluster, processes
from joml_tui.sweep.sweep_file import Sweep
from joml_tui.sweep.sweep_results import as_json, result_table

_DONE, _FAILED, _BAD_INPUT, _INTERRUPTED = 0, 1, 2, 130


def queue_headless(
    sweep: Sweep,
    *,
    workers: int | None = None,
    dask: str | None = None,
    store_path: Path | None = None,
    again: bool = False,
    json: bool = False,
    quiet: bool = False,
    watch: float | None = None,
) -> int:
    """Train the runs of a sweep that the store lacks, and print the results of all.

    Parameters
    ----------
    sweep : Sweep
    workers : int, optional
        Number of processes; default the number of cores. With ``dask``, the largest number of batches at once.
    dask : str, optional
        The address of a Dask scheduler whose workers train.
    store_path : Path, optional
        The store; default the usual one.
    again : bool
        Whether to train again what the store already holds.
    json : bool
        Print JSON in place of the table.
    quiet : bool
        Hide progress.
    watch : float, optional
        Least seconds between two plain lines of progress; default: a bar on a terminal, else ten lines.

    Returns
    -------
    int
        The command's exit code: 0 done, 1 a run failed, 2 no store or no workers, 130 interrupted.
    """
    outcomes: dict[int, JobOutcome] = {}
    try:
        with open_store(store_path) as store:
            for notice in store.notices:
                _say(notice)
            code, message = _trained(sweep, store, outcomes, _crew(sweep, workers, dask), again, quiet, watch)
            if outcomes:
                done = list(outcomes.values())
                if json:
                    write_json_text(as_json(sweep, done, str(store.path)))
                else:
                    write_text(result_table(sweep, done))
    except StoreError as error:
        code, message = _BAD_INPUT, str(error)
    for outcome in sorted(outcomes.values(), key=lambda each: each.job.place):
        if outcome.fault:
            _say(f"{outcome.job.label}: {outcome.fault}")
    if message:
        _say(message)
    return code or (_FAILED if any(outcome.fault for outcome in outcomes.values()) else _DONE)


def _crew(sweep: Sweep, workers: int | None, dask: str | None) -> AbstractContextManager[Crew]:
    if dask is not None:
        return cluster(dask, workers)
    return nullcontext(processes(min(workers or available_cores(), len(sweep.jobs))))


def _trained(
    sweep: Sweep,
    store: Store,
    outcomes: dict[int, JobOutcome],
    crew: AbstractContextManager[Crew],
    again: bool,
    quiet: bool,
    watch: float | None,
) -> tuple[int, str]:
    """Fill the outcomes; return the exit code and the closing message."""
    count = len(sweep.jobs)
    try:
        with interruptions_counted(), alone(sweep, store):
            if not again:
                outcomes |= {outcome.job.place: outcome for outcome in kept_before(sweep, store)}
            left = count - len(outcomes)
            if outcomes and not quiet:
                rest = f"the other {left:,} are trained now" if left else "nothing is left to train"
                say(f"{sweep.identity}: {len(outcomes):,} of {count:,} runs are in the store already; {rest}")
            if left:
                with crew as crew_at_work:
                    _train(sweep, store, outcomes, crew_at_work, again, quiet, watch, left)
    except KeyboardInterrupt:
        done = sum(not outcome.fault for outcome in outcomes.values())
        return _INTERRUPTED, f"interrupted: {done:,} of {count:,} runs are in the store; repeat the command to continue"
    except CrewError as error:
        return _BAD_INPUT, str(error)
    except (SweepError, StoreError, OSError) as error:
        return _FAILED, str(error)
    return _DONE, ""


def _train(
    sweep: Sweep,
    store: Store,
    outcomes: dict[int, JobOutcome],
    crew: Crew,
    again: bool,
    quiet: bool,
    watch: float | None,
    left: int,
) -> None:
    with closing(train_sweep(sweep, crew, store, again=again, tell=_say)) as results:
        for outcome in with_progress(results, left, sweep.identity, quiet, watch):
            outcomes[outcome.job.place] = outcome


def _say(text: str) -> None:
    say(f"joml-tui: {text}")
