"""Experiments on the command line: finding and changing them, listing presets, comparing, reproducing, checking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from joml_tui.cli.arguments import complete_experiments
from joml_tui.cli.asked import asked, json_option, narrated
from joml_tui.cli.ending import DONE, FAILED, refuse
from joml_tui.cli.writing import write_json, write_json_line

if TYPE_CHECKING:
    from joml_tui.article import Outcome
    from joml_tui.comparing import Results
    from joml_tui.experiment import Experiment


@click.command(short_help="Train two experiments from the same seeds, and compare.")
@click.argument("a", metavar="A", shell_complete=complete_experiments)
@click.argument("b", metavar="B", shell_complete=complete_experiments)
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Train from so many seeds."
)
@click.option("--epochs", type=click.IntRange(1, 1_000_000), metavar="N", help="Train both that many epochs.")
@click.option("--processes", type=click.IntRange(1, 1_000), metavar="N", help="As many as cores unless said.")
@json_option("each seed's results and the verdict as one JSON document")
@narrated
def compare(a: str, b: str, seeds: int, epochs: int | None, processes: int | None) -> None:
    """Train two experiments from the same seeds, and say which is better, or that it is noise.

    A and B are presets by name or YAML files, on the same data. Both are trained from the seeds 0, 1, ..., whatever
    seed they name: with the same split and order, and the same initial weights in layers of the same shape up to the
    first that differs. Runs of the store are compared by: joml-tui runs compare.

    Exit codes: 0 done, 1 a run failed, 2 bad usage or input, 130 interrupted (the seeds that are done are told).
    """
    wanted = (
        changed_experiment(find_experiment(a), epochs, None, None),
        changed_experiment(find_experiment(b), epochs, None, None),
    )
    from joml_tui.comparing import as_document, compare_headless, difference_of_data, names_of  # noqa: PLC0415

    differ = difference_of_data(wanted[0].dataset, wanted[1].dataset)
    if differ:
        refuse(f"{a} and {b} are not comparable: their data differ ({differ}); give both the same data set")

    def told(results: Results) -> None:
        write_json(as_document(results))

    as_json, quiet = asked().json, asked().quiet
    raise SystemExit(
        compare_headless(names_of(a, b), wanted, seeds, processes, quiet=quiet, told=told if as_json else None)
    )


@click.command()
@json_option("a line of JSON a preset")
@narrated
def presets() -> None:
    """List the experiments that `run` knows by name."""
    from joml_tui.presets import list_presets  # noqa: PLC0415

    found = list_presets("experiments")
    width = max((len(preset.name) for preset in found), default=0)
    for preset in found:
        if asked().json:
            write_json_line({"name": preset.name, "title": preset.title, "path": str(preset.path)})
        else:
            click.echo(f"{preset.name:<{width}}  {preset.title}")


@click.command(short_help="Train the article's networks from many seeds.")
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=20, show_default=True, metavar="N", help="From so many seeds."
)
@click.option(
    "--first-seed", type=click.IntRange(0, 2**62), default=0, show_default=True, metavar="N", help="The first."
)
@click.option("--networks", metavar="NAMES", help="Some of them alone, such as 14-28x6-4,14-14x28-4.")
@click.option("--ablation", is_flag=True, help="Train the recipes without each of their ingredients too.")
@click.option("--processes", type=click.IntRange(1, 1_000), metavar="N", help="As many as processors unless said.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), metavar="FILE", help="Write a row a run there.")
@click.option("--overwrite", is_flag=True, help="Replace the CSV file if it exists.")
@json_option("a line of JSON a run, with the CSV's columns")
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
    """Train the article's networks from many seeds, and lay its table beside what they reach.

    A second table is of two recipes: the same networks trained otherwise. Progress goes to standard error, the tables
    to standard output. docs/article.md explains both.

    Exit codes: 0 done, 1 a run failed, 2 bad usage or input, 130 interrupted (what is done is told).
    """
    from joml_tui.reproduction import COLUMNS, cases_of, reproduce_headless, row_of  # noqa: PLC0415

    try:
        cases = cases_of(None if networks is None else networks.replace(",", " ").split(), ablation)
    except ValueError as error:
        refuse(f"--networks: {error}")
    if csv_path is not None:
        check_csv(csv_path, overwrite)

    def told(outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            write_json_line(dict(zip(COLUMNS, row_of(outcome), strict=True)) | {"failed": outcome.failed})

    wanted, as_json = range(first_seed, first_seed + seeds), asked().json
    raise SystemExit(
        reproduce_headless(
            cases, wanted, processes, csv_path, overwrite, quiet=asked().quiet, told=told if as_json else None
        )
    )


@click.command(short_help="Check a network's gradients numerically.")
@click.argument("experiment", metavar="PRESET_OR_FILE", shell_complete=complete_experiments)
@click.option("--samples", type=click.IntRange(1, 10_000), default=32, show_default=True, help="Training samples used.")
@json_option("the layers and the verdict as one JSON document")
@narrated
def check(experiment: str, samples: int) -> None:
    """Check the gradients of an experiment's network against central differences of its cost.

    In float64, on the first training samples, with the initial weights.

    Exit codes: 0 all layers agree, 1 some layer does not, 2 bad usage or input.
    """
    wanted = changed_experiment(find_experiment(experiment), None, None, None)
    from joml_tui.checking import check_experiment, describe_check  # noqa: PLC0415

    found = check_experiment(wanted, samples)
    if asked().json:
        layers = [
            {"relative_error": layer.relative_error, "checked": layer.checked, "skipped": layer.skipped}
            for layer in found.layers
        ]
        write_json({"passed": found.passed, "layers": layers})
    else:
        click.echo(describe_check(found))
    raise SystemExit(DONE if found.passed else FAILED)


def find_experiment(name: str) -> Experiment:
    """Give a preset's experiment or a file's; refuse what is none."""
    from joml_tui.presets import find_experiment as find  # noqa: PLC0415

    try:
        return find(name)
    except (ValueError, OSError) as error:
        refuse(str(error))


def changed_experiment(experiment: Experiment, epochs: int | None, seed: int | None, network: str | None) -> Experiment:
    """Apply what the command line changes, and refuse what cannot run."""
    from msgspec import structs  # noqa: PLC0415

    from joml.architecture import ArchitectureError, parse_architecture  # noqa: PLC0415
    from joml_tui.experiment import problems, with_architecture  # noqa: PLC0415

    changes = {"epochs": epochs, "seed": seed}
    experiment = structs.replace(experiment, **{name: value for name, value in changes.items() if value is not None})
    if network is not None:
        try:
            experiment = with_architecture(experiment, parse_architecture(network))
        except ArchitectureError as error:
            refuse(f"--network: {error}")
    found = problems(experiment)
    if found:
        refuse("\n".join(f"{problem.field}: {problem.message}" for problem in found))
    return experiment


def check_csv(path: Path, overwrite: bool) -> None:
    """Refuse a file that the series could not be written to, before anything is trained."""
    from joml_tui.export import ExportError, check_writable  # noqa: PLC0415

    try:
        check_writable(path, overwrite=overwrite)
    except ExportError as error:
        refuse(f"--csv: {error}" + ("" if overwrite or not path.is_file() else " with --overwrite"))
