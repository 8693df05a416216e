"""``joml-tui run``: training without a screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from joml_tui.cli.arguments import complete_experiments, complete_runs, plain_text
from joml_tui.cli.exit_codes import narrate, refuse, warn
from joml_tui.cli.experiment_changes import Changes, changing_options
from joml_tui.cli.experiments import changed_experiment, check_csv, choices_of, opened_experiment
from joml_tui.cli.options import WatchableCommand, asked, json_option, narrated, store_option, watch_option
from joml_tui.cli.output import one_line, write_json, write_text
from joml_tui.cli.reading_bar import showing_reading
from joml_tui.cli.store_context import find_run, opened_store, recording
from joml_tui.interruption import interruptions_counted

if TYPE_CHECKING:
    from joml_tui.cli.headless_run import Keeping
    from joml_tui.experiment import Experiment
    from joml_tui.reports.standing import Standing
    from joml_tui.runs.diagnosis import Finding
    from joml_tui.runs.pace import Pace
    from joml_tui.runs.run import ResumePoint, Run


@click.command(cls=WatchableCommand, short_help="Train an experiment, or resume a run.")
@click.argument("experiment", metavar="[PRESET_OR_FILE]", shell_complete=complete_experiments, required=False)
@click.option(
    "--resume",
    metavar="RUN",
    shell_complete=complete_runs,
    callback=plain_text,
    help="Resume a stored run that did not finish.",
)
@click.option("--changed-data", is_flag=True, help="With --resume: accept data files that have changed.")
@click.option(
    "--epochs", type=click.IntRange(1, 1_000_000), metavar="N", help="Number of epochs (default: as in the experiment)."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Seed of weights, split and sample order.")
@click.option("--network", metavar="ARCHITECTURE", help="Use another network, such as 14-28x6-4 or 1@8x8-c8k3-p2-10.")
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a CSV file, one row per iteration.",
)
@click.option("--overwrite", is_flag=True, help="Replace the CSV file if it exists.")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Start from the weights in an npz, safetensors or csv file.",
)
@click.option(
    "--biases", type=click.Path(path_type=Path), metavar="FILE", help="Table of biases, where --weights has none."
)
@click.option(
    "--pace",
    metavar="PACE",
    help="Epochs (5/s) or iterations (100i/s) a second (default: full).",
)
@watch_option
@click.option("--no-store", is_flag=True, help="Do not record the run in the store.")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the whole experiment; train nothing.")
@changing_options
@store_option
@json_option("the result")
@narrated
def run(
    experiment: str | None,
    resume: str | None,
    changed_data: bool,
    epochs: int | None,
    seed: int | None,
    network: str | None,
    csv_path: Path | None,
    overwrite: bool,
    weights: Path | None,
    biases: Path | None,
    pace: str | None,
    no_store: bool,
    as_yaml: bool,
    changes: Changes,
) -> None:
    """Train an experiment: a preset by name, a YAML file, or a data file such as penguins.csv.

    Of a data file, the target is the column that --target names; else one called target, label, class, y or species,
    or the last column. Network, optimizer and epochs are chosen for the data. What was chosen is reported, and --yaml
    prints it as a file to edit. --set changes any setting; its value is YAML.

    The run is recorded in the store while it trains. If the store cannot be used, a warning says why and the run
    trains unrecorded.

    With --resume RUN, an interrupted or stopped run continues, bit for bit as if it had never stopped. If its data
    files have changed, the command stops; --changed-data continues with the changed files.

    --pace slows the training down: to 5 or 5/s epochs a second, or to 100i or 100i/s iterations a second. The results
    are the same, and the waits do not count as time of the training.

    --watch prints a plain line of progress every 5 seconds, --watch 30 every 30: for screen readers and logs.

    Progress and the run's number go to standard error, the table of results to standard output.

    Exit codes: 0 done, 1 the run failed or diverged, 2 bad usage or input, 130 interrupted (recorded metrics are kept).
    """
    kept_pace = _read_pace(pace)
    if asked().quiet and asked().watch is not None:
        refuse("--quiet hides the progress that --watch prints: leave out one of them")
    if resume is not None:
        if experiment is not None or no_store or as_yaml or (epochs, seed, network, weights, biases) != (None,) * 5:
            refuse(
                "--resume continues a run exactly as it was: leave out PRESET_OR_FILE, --epochs, --seed, --network, "
                "--weights, --biases, --yaml and --no-store. To continue with other settings, fork the run in the lab"
            )
        if changes.any:
            refuse(
                "--resume continues a run exactly as it was: leave out --target, --ignore, --task, --validation and "
                "--set. To continue with other settings, fork the run in the lab"
            )
        if csv_path is not None:
            check_csv(csv_path, overwrite)
        raise SystemExit(_resume(resume, csv_path, overwrite, changed_data, kept_pace))
    if changed_data:
        refuse("--changed-data needs --resume RUN")
    if experiment is None:
        refuse("run needs PRESET_OR_FILE, or --resume RUN: joml-tui presets lists the presets")
    if as_yaml and asked().json:
        refuse("--yaml prints YAML: leave out --json")
    from joml.layers.layer_stack import has_other_layers  # noqa: PLC0415
    from joml_tui.experiment.loading import reading_once  # noqa: PLC0415

    if (
        network is not None
        and has_other_layers(network)
        and any(each.startswith("layers") for each in changes.settings)
    ):
        # Settings of layers that the network brings come after it.
        changes, network = replace(changes, settings=(f"network={network}", *changes.settings)), None
    with reading_once():
        opened = opened_experiment(experiment, changes)
        wanted = changed_experiment(opened.experiment, epochs, seed, network, experiment)
        choices = choices_of(opened, wanted, changes)
        if as_yaml:
            _print_experiment(wanted, choices)
            return
        for sentence in choices:
            narrate(sentence)
        if csv_path is not None:
            check_csv(csv_path, overwrite)
        raise SystemExit(train(wanted, csv_path, overwrite, not no_store, weights, biases, kept_pace))


def _read_pace(written: str | None) -> Pace | None:
    from joml_tui.runs.pace import parse_pace  # noqa: PLC0415

    try:
        return None if written is None else parse_pace(written)
    except ValueError as error:
        refuse(f"--pace: {error}")


def _print_experiment(experiment: Experiment, choices: Sequence[str]) -> None:
    """Print an experiment as YAML, with what was chosen as comments."""
    from joml_tui.experiment.yaml_text import dump_experiment  # noqa: PLC0415

    comments = "".join(f"# {one_line(sentence)}\n" for sentence in choices)
    write_text(comments + dump_experiment(experiment), nl=False)


def train(
    experiment: Experiment,
    csv_path: Path | None = None,
    overwrite: bool = False,
    kept: bool = True,
    weights: Path | None = None,
    biases: Path | None = None,
    pace: Pace | None = None,
) -> int:
    """Train an experiment, print its results, and return the exit code."""
    from joml_tui.cli.headless_run import Keeping  # noqa: PLC0415

    beginning = _beginning(experiment, weights, biases)
    note = "" if weights is None else f"began from the weights in {weights}"
    if biases is not None:
        note += f" and the biases in {biases}"
    with interruptions_counted(), recording(kept) as recorder:
        return _train(experiment, Keeping(recorder, csv_path, overwrite, note=note), beginning, pace)


def _beginning(experiment: Experiment, weights: Path | None, biases: Path | None) -> ResumePoint | None:
    """Return the start from given weights; None without any."""
    if weights is None:
        if biases is not None:
            refuse("--biases: name the table of weights too, with --weights")
        return None
    from joml.files.weights import BiasesNeededError  # noqa: PLC0415
    from joml_tui.export import ExportError  # noqa: PLC0415
    from joml_tui.initial_weights import beginning_from_weights  # noqa: PLC0415

    try:
        return beginning_from_weights(experiment, weights, biases)
    except BiasesNeededError as error:
        refuse(f"--weights: {error}, with --biases")
    except (ExportError, ValueError, OSError) as error:
        refuse(f"--weights: {error}")


def _resume(name: str, csv_path: Path | None, overwrite: bool, changed_data: bool, pace: Pace | None) -> int:
    from joml_tui.cli.headless_run import Keeping  # noqa: PLC0415
    from joml_tui.experiment.loading import reading_once  # noqa: PLC0415
    from joml_tui.store import DataChangedError, Recorder, StoreError, resumed  # noqa: PLC0415

    with interruptions_counted(), reading_once(), opened_store() as store:
        number = find_run(store, name).number
        try:
            with showing_reading(asked().quiet):
                going_on = resumed(store, number, engine="thread", changed_data=changed_data, pace=pace)
        except DataChangedError as error:
            refuse(f"{error}; to continue with the changed data, add --changed-data")
        except StoreError as error:
            refuse(str(error))
        recorder = Recorder(store, lambda sentence: warn(f"warning: {sentence}"))
        try:
            return _train(going_on[0].experiment, Keeping(recorder, csv_path, overwrite, going_on))
        finally:
            recorder.close()


def _train(
    experiment: Experiment, keeping: Keeping, beginning: ResumePoint | None = None, pace: Pace | None = None
) -> int:
    from joml_tui.cli.headless_run import find_standing, train_headless  # noqa: PLC0415
    from joml_tui.reports.figure_lines import figure_lines  # noqa: PLC0415
    from joml_tui.reports.standing import result_table  # noqa: PLC0415

    quiet, watch = asked().quiet, asked().watch
    trained, code = train_headless(experiment, keeping, quiet=quiet, beginning=beginning, pace=pace, watch=watch)
    if asked().json:
        number = keeping.recorder.number_of(trained) if keeping.recorder is not None else None
        standing = find_standing(trained, quiet)
        findings = [{"kind": each.kind, "what": each.what, "why": each.why} for each in _findings(trained, standing)]
        write_json(_described(trained, standing, number) | {"findings": findings})
    else:
        write_text(result_table([trained]))
        standing = find_standing(trained, quiet)
        if standing is not None:
            write_text(str(standing))
        scale = trained.record.cost_scale  # the table has this error in place of the cost
        for line in figure_lines(trained.record, _class_names(trained), () if scale is None else (scale.figure,)):
            write_text(one_line(line))
        for finding in _findings(trained, standing):
            narrate(finding.sentence)
    if trained.message:
        warn(trained.message)
    return code


def _class_names(trained: Run) -> tuple[str, ...]:
    return () if trained.preparation is None else trained.preparation.class_names


def _findings(trained: Run, standing: Standing | None) -> list[Finding]:
    """Return the diagnosis of a run; the data are read again for it only if no baseline is beaten."""
    from joml_tui.runs.diagnosis import diagnose_run  # noqa: PLC0415

    reached = standing.reached if standing is not None else None
    beaten = (
        standing is not None
        and reached is not None
        and reached > max((each.accuracy for each in standing.baselines), default=0.0)
    )
    if beaten:
        return diagnose_run(trained)
    from joml_tui.reports.explanation import diagnose_closely  # noqa: PLC0415

    return diagnose_closely(trained)


def _described(trained: Run, standing: Standing | None, number: int | None) -> dict[str, Any]:
    """Return the table of results and the text below it as plain values."""
    from joml_tui.reports.figure_lines import figure_document  # noqa: PLC0415
    from joml_tui.runs.run_record import PARTS  # noqa: PLC0415

    record = trained.record
    score = "r2" if trained.task == "regression" else "accuracy"
    interval = standing.interval if standing is not None else None
    figures: dict[str, Any] = {}
    for part in PARTS:
        result = None if record.results is None else record.results.of(part)
        figures |= {f"{part}_cost": record.figure(part, "cost"), f"{part}_{score}": record.figure(part, "accuracy")}
        figures[f"{part}_samples"] = None if result is None else result.samples
    return {
        "run": number,
        "network": record.network,
        "parameters": record.parameters,
        "state": trained.state.value,
        "message": trained.message,
        "epochs": record.epochs,
        "iteration": record.iteration,
        "kept_iteration": record.kept_iteration,
        "seconds": record.seconds,
        "steps_per_second": trained.steps_per_second,
        **figures,
        **figure_document(record, _class_names(trained)),
        **record.metrics,
        "cost_unit": record.cost_unit,
        f"test_{score}_interval": None if interval is None else [interval.low, interval.high],
        "baselines": {} if standing is None else {each.name: each.accuracy for each in standing.baselines},
    }
