"""The ``queue`` command, which imports heavy modules only when called."""

from __future__ import annotations

from pathlib import Path

import click

from joml_tui.cli.narration import say
from joml_tui.cli.options import WatchableCommand, asked, watch_option


@click.command(cls=WatchableCommand, short_help="Train a grid of settings from many seeds.")
@click.argument("sweep", metavar="SWEEP.YAML")
@click.option("--workers", type=click.IntRange(1, 1_000), metavar="N", help="Number of processes (default: CPU cores).")
@click.option("--dask", metavar="ADDRESS", help="Dask scheduler, such as tcp://10.0.0.1:8786.")
@click.option(
    "--store", type=click.Path(path_type=Path), metavar="FILE", help="File that holds the runs (default: JOML_STORE)."
)
@click.option("--again", is_flag=True, help="Train again what the store already holds.")
@click.option("--json", is_flag=True, help="Write the results as JSON.")
@watch_option
@click.option("--quiet", is_flag=True, help="Hide progress; warnings and errors are still shown.")
def queue(
    sweep: str, workers: int | None, dask: str | None, store: Path | None, again: bool, json: bool, quiet: bool
) -> None:
    """Train every setting of a sweep from every seed, and store each run.

    SWEEP.YAML has a base experiment, a grid of settings, and seeds; docs/queue.md explains it. Progress goes to
    standard error, the table of results to standard output.

    --watch prints plain lines in place of the bar, at least 5 seconds apart; --watch 30 at least 30.

    Runs that the store already holds are not trained again: to continue an interrupted sweep, repeat the command.

    Exit codes: 0 done, 1 a run failed, 2 bad usage or input, 130 interrupted (finished runs are kept).
    """
    from joml_tui.cli.headless_sweep import queue_headless  # noqa: PLC0415
    from joml_tui.sweep.sweep_file import load_sweep  # noqa: PLC0415

    watch = asked().watch
    if quiet and watch is not None:
        say("joml-tui: --quiet hides the progress that --watch prints: leave out one of them")
        raise SystemExit(2)
    try:
        wanted = load_sweep(sweep)
    except (ValueError, OSError) as error:
        say(f"joml-tui: {error}")
        raise SystemExit(2) from error
    raise SystemExit(
        queue_headless(
            wanted, workers=workers, dask=dask, store_path=store, again=again, json=json, quiet=quiet, watch=watch
        )
    )
