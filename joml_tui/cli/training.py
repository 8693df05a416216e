"""``joml-tui run``: training without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from joml_tui.cli.arguments import complete_experiments, complete_runs, plain_text
from joml_tui.cli.asked import asked, json_option, narrated, store_option
from joml_tui.cli.ending import refuse, warn
from joml_tui.cli.experiments import changed_experiment, check_csv, find_experiment
from joml_tui.cli.stored import find_run, opened_store, recording
from joml_tui.cli.writing import write_json

if TYPE_CHECKING:
    from joml_tui.experiment import Experiment
    from joml_tui.headless import Keeping, Standing
    from joml_tui.runner import Beginning, Run


@click.command(short_help="Train an experiment, or go on with a run.")
@click.argument("experiment", metavar="[PRESET_OR_FILE]", shell_complete=complete_experiments, required=False)
@click.option(
    "--resume",
    metavar="RUN",
    shell_complete=complete_runs,
    callback=plain_text,
    help="Go on with a run of the store that did not finish.",
)
@click.option("--epochs", type=click.IntRange(1, 1_000_000), metavar="N", help="Train that many epochs.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Decides weights, split and order.")
@click.option("--network", metavar="ARCHITECTURE", help="Another network, such as 14-28x6-4.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), metavar="FILE", help="Write the series there.")
@click.option("--overwrite", is_flag=True, help="Replace the CSV file if it exists.")
@click.option(
    "--weights", type=click.Path(path_type=Path), metavar="FILE", help="Begin from these: npz or safetensors."
)
@click.option("--no-store", is_flag=True, help="Do not record the run in the store.")
@store_option
@json_option("the result as one JSON document")
@narrated
def run(
    experiment: str | None,
    resume: str | None,
    epochs: int | None,
    seed: int | None,
    network: str | None,
    csv_path: Path | None,
    overwrite: bool,
    weights: Path | None,
    no_store: bool,
) -> None:
    """Train an experiment: a preset by name, or a YAML file.

    The run is recorded in the store while it trains; where that cannot be, a warning says so and it is trained all the
    same. With --resume RUN instead, a run that was interrupted or stopped goes on, bit for bit as it would have.

    Progress and the run's number go to standard error, the table of results to standard output.

    Exit codes: 0 done, 1 the run failed or diverged, 2 bad usage or input, 130 interrupted (what was recorded is
    written out).
    """
    if resume is not None:
        if experiment is not None or no_store or (epochs, seed, network, weights) != (None,) * 4:
            refuse(
                "--resume goes on with a run exactly as it was: leave out PRESET_OR_FILE, --epochs, --seed, --network, "
                "--weights and --no-store, or fork the run in the lab to go on with other settings"
            )
        if csv_path is not None:
            check_csv(csv_path, overwrite)
        raise SystemExit(_resume(resume, csv_path, overwrite))
    if experiment is None:
        refuse("run needs PRESET_OR_FILE, or --resume RUN: joml-tui presets lists the presets")
    wanted = changed_experiment(find_experiment(experiment), epochs, seed, network)
    if csv_path is not None:
        check_csv(csv_path, overwrite)
    raise SystemExit(train(wanted, csv_path, overwrite, not no_store, weights))


def train(
    experiment: Experiment,
    csv_path: Path | None = None,
    overwrite: bool = False,
    kept: bool = True,
    weights: Path | None = None,
) -> int:
    """Train an experiment and tell what it reaches; give the exit code."""
    from joml_tui.headless import Keeping  # noqa: PLC0415

    beginning = None if weights is None else _beginning(experiment, weights)
    note = "" if weights is None else f"began from the weights in {weights}"
    with recording(kept) as recorder:
        return _train(experiment, Keeping(recorder, csv_path, overwrite, note=note), beginning)


def _beginning(experiment: Experiment, weights: Path) -> Beginning:
    from joml_tui.export import ExportError  # noqa: PLC0415
    from joml_tui.importing import beginning_from_weights  # noqa: PLC0415

    try:
        return beginning_from_weights(experiment, weights)
    except (ExportError, ValueError, OSError) as error:
        refuse(f"--weights: {error}")


def _resume(name: str, csv_path: Path | None, overwrite: bool) -> int:
    from joml_tui.headless import Keeping  # noqa: PLC0415
    from joml_tui.store import Recorder, StoreError, resumed  # noqa: PLC0415

    with opened_store() as store:
        number = find_run(store, name).number
        try:
            going_on = resumed(store, number, engine="thread")
        except StoreError as error:
            refuse(str(error))
        recorder = Recorder(store, lambda said: warn(f"warning: {said}"))
        try:
            return _train(going_on[0].experiment, Keeping(recorder, csv_path, overwrite, going_on))
        finally:
            recorder.close()


def _train(experiment: Experiment, keeping: Keeping, beginning: Beginning | None = None) -> int:
    from joml_tui.headless import find_standing, result_table, train_headless  # noqa: PLC0415

    quiet = asked().quiet
    trained, code = train_headless(experiment, keeping, quiet=quiet, beginning=beginning)
    if asked().json:
        number = keeping.recorder.number_of(trained) if keeping.recorder is not None else None
        write_json(_described(trained, find_standing(trained, quiet), number))
    else:
        click.echo(result_table([trained]))
        standing = find_standing(trained, quiet)
        if standing is not None:
            click.echo(str(standing))
    if trained.message:
        warn(trained.message)
    return code


def _described(trained: Run, standing: Standing | None, number: int | None) -> dict[str, Any]:
    """Give all that the table of results and what stands beneath it say."""
    score = "r2" if trained.task == "values" else "accuracy"
    interval = standing.interval if standing is not None else None
    return {
        "run": number,
        "network": trained.architecture,
        "parameters": trained.parameter_count,
        "state": trained.state.value,
        "message": trained.message,
        "epochs": trained.epochs,
        "iteration": trained.iteration,
        "seconds": trained.seconds,
        "steps_per_second": trained.steps_per_second,
        "train_cost": trained.train_cost,
        f"train_{score}": trained.train_accuracy,
        "test_cost": trained.test_cost,
        f"test_{score}": trained.test_accuracy,
        f"test_{score}_interval": None if interval is None else [interval.low, interval.high],
        "test_samples": None if standing is None else standing.samples,
        "baselines": {} if standing is None else {each.name: each.accuracy for each in standing.baselines},
    }
