"""The ``queue`` command. What is heavy is imported when it is called."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Train a grid of settings from many seeds.")
@click.argument("sweep", metavar="SWEEP.YAML")
@click.option("--workers", type=click.IntRange(1, 1_000), metavar="N", help="Processes; as many as cores unless said.")
@click.option("--dask", metavar="ADDRESS", help="Train on a Dask cluster: its scheduler, such as tcp://10.0.0.1:8786.")
@click.option("--store", type=click.Path(path_type=Path), metavar="FILE", help="The store that the runs land in.")
@click.option("--again", is_flag=True, help="Train those that are in the store already once more.")
@click.option("--json", is_flag=True, help="Print the results as JSON.")
@click.option("--quiet", is_flag=True, help="Tell no progress.")
def queue(
    sweep: str, workers: int | None, dask: str | None, store: Path | None, again: bool, json: bool, quiet: bool
) -> None:
    """Train every setting of a sweep from every seed, and keep each run in the store.

    SWEEP.YAML names a base, a grid over its settings, and seeds; docs/queue.md explains it. Progress goes to standard
    error, the table of results to standard output. What the store holds already is not trained again: a sweep that was
    interrupted, however that was, goes on by the same command.

    Exit codes: 0 done, 1 a run failed, 2 bad usage or input, 130 interrupted (what is done is kept).
    """
    from joml_tui.sweep.description import load_sweep  # noqa: PLC0415
    from joml_tui.sweep.headless import queue_headless  # noqa: PLC0415

    try:
        wanted = load_sweep(sweep)
    except (ValueError, OSError) as error:
        click.echo(f"joml-tui: {error}", err=True)
        raise SystemExit(2) from error
    raise SystemExit(
        queue_headless(wanted, workers=workers, dask=dask, store_path=store, again=again, json=json, quiet=quiet)
    )
