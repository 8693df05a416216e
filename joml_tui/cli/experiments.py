"""Commands on experiments: presets, compare, reproduce and check; and finding and changing an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from joml_tui.alignment import align_left
from joml_tui.cli.arguments import complete_experiments
from joml_tui.cli.exit_codes import DONE, FAILED, narrate, refuse
from joml_tui.cli.experiment_changes import Changes, changing_options
from joml_tui.cli.options import asked, json_option, narrated
from joml_tui.cli.output import one_line, write_json, write_json_line, write_text
from joml_tui.cli.reading_bar import showing_reading
from joml_tui.working_folder import working_folder

if TYPE_CHECKING:
    from joml_tui.experiment import Experiment, Problem
    from joml_tui.experiment.yaml_text import OpenedExperiment
    from joml_tui.reports.article import CaseOutcome
    from joml_tui.reports.comparison import ComparisonResults


@click.command(short_help="Compare two experiments over the same seeds.")
@click.argument("a", metavar="A", shell_complete=complete_experiments)
@click.argument("b", metavar="B", shell_complete=complete_experiments)
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=10, show_default=True, metavar="N", help="Number of seeds."
)
@click.option(
    "--epochs", type=click.IntRange(1, 1_000_000), metavar="N", help="Epochs of both (default: as in the experiment)."
)
@click.option(
    "--processes", type=click.IntRange(1, 1_000), metavar="N", help="Number of processes (default: CPU cores)."
)
@changing_options
@json_option("each seed's results and the verdict")
@narrated
def compare(a: str, b: str, seeds: int, epochs: int | None, processes: int | None, changes: Changes) -> None:
    """Train two experiments from the same seeds, and report which is better, or that the difference is noise.

    A and B are presets, YAML files or data files with the same data set. Changes of settings are made in both. Both are
    trained from the seeds 0, 1, ..., and their own seed is ignored. From each seed both get the same split and sample
    order, and the same initial weights up to the first layer that differs.
    To compare stored runs, use: joml-tui runs compare.

    Exit codes: 0 done, 1 a run failed, 2 bad usage or input, 130 interrupted (finished seeds are reported).
    """
    wanted = (
        changed_experiment(find_experiment(a, changes), epochs, None, None, a),
        changed_experiment(find_experiment(b, changes), epochs, None, None, b),
    )
    from joml_tui.cli.over_seeds import compare_headless  # noqa: PLC0415
    from joml_tui.reports.comparison import as_document, difference_of_data, names_of  # noqa: PLC0415

    differ = difference_of_data(*wanted)
    if differ:
        refuse(f"{a} and {b} are not comparable: their data differ ({differ}); use the same data set in both")

    def write(results: ComparisonResults) -> None:
        write_json(as_document(results))

    as_json, quiet = asked().json, asked().quiet
    raise SystemExit(
        compare_headless(names_of(a, b), wanted, seeds, processes, quiet=quiet, write=write if as_json else None)
    )


@click.command()
@json_option("one line per preset")
@narrated
def presets() -> None:
    """List the presets: experiments that `run` takes by name."""
    from joml_tui.experiment.presets import list_presets  # noqa: PLC0415

    listed = list_presets("experiments")
    width = max((len(preset.name) for preset in listed), default=0)
    for preset in listed:
        if asked().json:
            write_json_line({"name": preset.name, "title": preset.title, "path": str(preset.path)})
        else:
            write_text(f"{align_left(preset.name, width)}  {preset.title}")


@click.command(short_help="Train the article's networks from many seeds.")
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=20, show_default=True, metavar="N", help="Number of seeds."
)
@click.option(
    "--first-seed", type=click.IntRange(0, 2**62), default=0, show_default=True, metavar="N", help="First seed."
)
@click.option("--networks", metavar="NAMES", help="Only these, such as 14-28x6-4,14-14x28-4.")
@click.option("--ablation", is_flag=True, help="Also train the recipes without each ingredient.")
@click.option(
    "--processes", type=click.IntRange(1, 1_000), metavar="N", help="Number of processes (default: CPU cores)."
)
@click.option(
    "--csv", "csv_path", type=click.Path(path_type=Path), metavar="FILE", help="Write a CSV file, one row per run."
)
@click.option("--overwrite", is_flag=True, help="Replace the CSV file if it exists.")
@json_option("one line per run, with the CSV's columns,")
@narrated
def reproduce(
    seeds: int,
    first_seed: int,
    networks: str | None,
    ablation: bool,
    processes: int | None,
    csv_path: Path | None,
    overwrite: bool,
) -> None:
    """Train the article's networks from many seeds, and compare the results with its table.

    A second table shows two recipes that train the same networks better. Progress goes to standard error, the tables to
    standard output. docs/article.md explains both tables.

    Exit codes: 0 done, 1 a run failed, 2 bad usage or input, 130 interrupted (finished runs are reported).
    """
    from joml_tui.cli.over_seeds import reproduce_headless  # noqa: PLC0415
    from joml_tui.reports.reproduction import COLUMNS, cases_of, row_of  # noqa: PLC0415

    try:
        cases = cases_of(None if networks is None else networks.replace(",", " ").split(), ablation)
    except ValueError as error:
        refuse(f"--networks: {error}")
    if csv_path is not None:
        check_csv(csv_path, overwrite)

    def write(outcomes: Sequence[CaseOutcome]) -> None:
        for outcome in outcomes:
            write_json_line(dict(zip(COLUMNS, row_of(outcome), strict=True)) | {"failed": outcome.failed})

    wanted, as_json = range(first_seed, first_seed + seeds), asked().json
    raise SystemExit(
        reproduce_headless(
            cases, wanted, processes, csv_path, overwrite, quiet=asked().quiet, write=write if as_json else None
        )
    )


@click.command(short_help="Check a network's gradients numerically.")
@click.argument("experiment", metavar="PRESET_OR_FILE", shell_complete=complete_experiments)
@click.option(
    "--samples",
    type=click.IntRange(1, 10_000),
    default=32,
    show_default=True,
    metavar="N",
    help="Number of training samples.",
)
@changing_options
@json_option("the layers and the verdict")
@narrated
def check(experiment: str, samples: int, changes: Changes) -> None:
    """Check the gradients of an experiment's network against central differences of its cost.

    The check uses float64, the first training samples and the initial weights.

    Exit codes: 0 all layers agree, 1 some layer disagrees, 2 bad usage or input.
    """
    wanted = changed_experiment(find_experiment(experiment, changes), None, None, None, experiment)
    from joml_tui.reports.gradient_table import check_experiment, describe_check  # noqa: PLC0415

    result = check_experiment(wanted, samples)
    if asked().json:
        layers = [
            {"relative_error": layer.relative_error, "checked": layer.checked, "skipped": layer.skipped}
            for layer in result.layers
        ]
        write_json({"passed": result.passed, "layers": layers})
    else:
        write_text(describe_check(result))
    raise SystemExit(DONE if result.passed else FAILED)


def find_experiment(name: str, changes: Changes | None = None) -> Experiment:
    """Return the experiment of a preset, a file or a data file, and tell what was chosen for it; refuse other names."""
    opened = opened_experiment(name, changes)
    for sentence in choices_of(opened, opened.experiment, changes):
        narrate(sentence)
    return opened.experiment


def opened_experiment(name: str, changes: Changes | None = None) -> OpenedExperiment:
    """Return the experiment of a preset, a file or a data file, with changes; refuse other names."""
    from joml_tui.experiment.opening import open_experiment  # noqa: PLC0415

    wanted = [] if changes is None else changes.to_settings()
    try:
        with showing_reading(asked().quiet):
            return open_experiment(name, wanted)
    except ValueError as error:
        refuse(str(error))


def choices_of(opened: OpenedExperiment, experiment: Experiment, changes: Changes | None = None) -> list[str]:
    """Return sentences on what was chosen for an experiment that was opened with changes, and perhaps changed since."""
    from joml_tui.experiment.opening import describe_replaced  # noqa: PLC0415
    from joml_tui.experiment.usual_training import describe_training  # noqa: PLC0415

    is_chosen = hasattr(experiment.dataset, "label") and (changes is None or not changes.target)
    hint = "; --target chooses another" if is_chosen else ""
    sentences = [f"Target: {opened.target}{hint}."] if opened.target else []
    if opened.codes:
        sentences.append(f"Codes, read as categories: {opened.codes}; --set dataset.columns.NAME=number changes it.")
    if opened.encoding:
        sentences.append(f"Read as {opened.encoding}; --set dataset.encoding=NAME changes it.")
    sentences += describe_replaced(changes.to_settings()) if changes is not None else []
    return sentences + ([f"Chosen for these data: {describe_training(experiment)}."] if opened.is_chosen else [])


def changed_experiment(
    experiment: Experiment,
    epochs: int | None,
    seed: int | None,
    network: str | None,
    source: str = "",
) -> Experiment:
    """Return the experiment with the command line's changes; refuse one that cannot run.

    The ``source`` is the name under which it was opened, for messages.
    """
    from msgspec import structs  # noqa: PLC0415

    from joml.architecture import ArchitectureError  # noqa: PLC0415
    from joml_tui.experiment import problems, with_architecture  # noqa: PLC0415
    from joml_tui.experiment.layer_parts import read_architecture  # noqa: PLC0415

    changes = {"epochs": epochs, "seed": seed}
    experiment = structs.replace(experiment, **{name: value for name, value in changes.items() if value is not None})
    if network is not None:
        try:
            experiment = with_architecture(experiment, read_architecture(network, experiment.layers))
        except ArchitectureError as error:
            refuse(f"--network: {error}")
    with showing_reading(asked().quiet):
        faults = problems(experiment)
    if faults:
        refuse("\n".join(_describe_problem(problem, source) for problem in faults))
    return experiment


def _describe_problem(problem: Problem, source: str) -> str:
    """Return a problem with the experiment that has it; that of a data file begins with its name as it was typed."""
    described = f"{problem.field}: {problem.message}"
    if not source:
        return described
    from joml_tui.experiment.loading import expand_user  # noqa: PLC0415

    file = str(working_folder() / expand_user(source))
    if problem.message.startswith(f"{file}:"):
        return f"{one_line(source)}{problem.message.removeprefix(file)}"
    return described if problem.field == "dataset.path" else f"{one_line(source)}: {described}"


def check_csv(path: Path, overwrite: bool) -> None:
    """Refuse, before training, a CSV file that could not be written."""
    from joml_tui.export import ExportError, check_writable  # noqa: PLC0415

    try:
        check_writable(path, overwrite=overwrite)
    except ExportError as error:
        refuse(f"--csv: {error}" + ("" if overwrite or not path.is_file() else " with --overwrite"))
