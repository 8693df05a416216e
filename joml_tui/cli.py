"""The ``joml-tui`` command. What is heavy is imported by the command that needs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from joml_tui import __version__
from joml_tui.sweep.command import queue

if TYPE_CHECKING:
    from joml_tui.experiment import Experiment

#: What the exit codes mean: the table is part of the README.
DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="joml-tui")
@click.pass_context
def main(context: click.Context) -> None:
    """Compose a neural network, watch it learn, keep the result.

    Without a command it opens the lab; where no terminal is attached, it trains the article's 14-100-40-4 and prints
    the result.
    """
    if context.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        from joml_tui.ui.app import run_lab  # noqa: PLC0415

        raise SystemExit(run_lab())
    click.echo("No terminal is attached: training the default experiment.", err=True)
    from joml_tui.presets import DEFAULT_PRESET  # noqa: PLC0415

    raise SystemExit(_train(_load(DEFAULT_PRESET), None))


main.add_command(queue)


@main.command()
@click.argument("experiment", metavar="PRESET_OR_FILE")
@click.option("--epochs", type=click.IntRange(1, 1_000_000), metavar="N", help="Train that many epochs.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Decides weights, split and order.")
@click.option("--network", metavar="ARCHITECTURE", help="Another network, such as 14-28x6-4.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), metavar="FILE", help="Write the series there.")
@click.option("--overwrite", is_flag=True, help="Replace the CSV file if it exists.")
def run(
    experiment: str, epochs: int | None, seed: int | None, network: str | None, csv_path: Path | None, overwrite: bool
) -> None:
    """Train an experiment: a preset by name, or a YAML file.

    Progress goes to standard error, the table of results to standard output.

    Exit codes: 0 done, 1 the run failed or diverged, 2 bad usage or input, 130 interrupted (what was recorded is
    written out).
    """
    wanted = _changed(_load(experiment), epochs, seed, network)
    if csv_path is not None:
        _check_csv(csv_path, overwrite)
    raise SystemExit(_train(wanted, csv_path, overwrite))


@main.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--seeds", type=click.IntRange(1, 10_000), default=10, show_default=True, help="Train from so many seeds."
)
@click.option("--epochs", type=click.IntRange(1, 1_000_000), metavar="N", help="Train both that many epochs.")
@click.option("--processes", type=click.IntRange(1, 1_000), metavar="N", help="As many as cores unless said.")
def compare(a: str, b: str, seeds: int, epochs: int | None, processes: int | None) -> None:
    """Train two experiments from the same seeds, and say which is better, or that it is noise.

    A and B are presets by name or YAML files, on the same data. Both are trained from the seeds 0, 1, ..., whatever
    seed they name: with the same split and order, and the same initial weights in layers of the same shape up to the
    first that differs.

    Exit codes: 0 done, 1 a run failed, 2 bad usage or input, 130 interrupted (the seeds that are done are told).
    """
    wanted = _changed(_load(a), epochs, None, None), _changed(_load(b), epochs, None, None)
    from joml_tui.comparing import compare_headless, difference_of_data, names_of  # noqa: PLC0415

    differ = difference_of_data(wanted[0].dataset, wanted[1].dataset)
    if differ:
        _refuse(f"{a} and {b} are not comparable: their data differ ({differ}); give both the same data set")
    raise SystemExit(compare_headless(names_of(a, b), wanted, seeds, processes))


@main.command()
def presets() -> None:
    """List the experiments that `run` knows by name."""
    from joml_tui.presets import list_presets  # noqa: PLC0415

    found = list_presets("experiments")
    width = max((len(preset.name) for preset in found), default=0)
    for preset in found:
        click.echo(f"{preset.name:<{width}}  {preset.title}")


@main.command()
@click.option("--init", is_flag=True, help="Write a file with every setting explained first.")
def config(init: bool) -> None:
    """Print where the lab's settings are read from, and what they are.

    JOML_CONFIG names another file. Exit codes: 0 done, 2 the file is faulty, or there is one already to --init.
    """
    from joml_tui.settings import SettingsError, read_settings, settings_path, write_commented  # noqa: PLC0415
    from joml_tui.ui.living.described import describe_settings  # noqa: PLC0415

    path = settings_path()
    if init:
        try:
            write_commented(path)
        except SettingsError as error:
            _refuse(str(error))
    reading = read_settings(path)
    said, faults = describe_settings(path, reading)
    click.echo(said)
    for fault in faults:
        click.echo(f"joml-tui: {fault}", err=True)
    raise SystemExit(BAD_INPUT if faults else DONE)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where it can be reached.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True, metavar="N", help="Its port.")
def serve(host: str, port: int) -> None:
    """Open the lab in a browser: a lab of its own for every page that is opened.

    At 127.0.0.1 only this machine's browsers reach it. At any other address, everyone who reaches it can read and
    write files as you do: there is no password. Needs textual-serve: pip install 'joml-tui[serve]'.

    Exit codes: 0 ended by Ctrl-C, 2 textual-serve is not installed, or the address cannot be used.
    """
    from joml_tui.ui.living.serving import ServingError, is_of_this_machine, serve_lab  # noqa: PLC0415

    if not is_of_this_machine(host):
        click.echo(
            f"Warning: {host} can be reached from other machines. Everyone who reaches it can read and write files as "
            "you do, without a password. 127.0.0.1, the default, keeps the lab to this machine.",
            err=True,
        )
    try:
        serve_lab(host, port, lambda url: click.echo(f"The lab is at {url} until Ctrl-C."))
    except ServingError as error:
        _refuse(str(error))


@main.command()
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
    from joml_tui.reproduction import cases_of, reproduce_headless  # noqa: PLC0415

    try:
        cases = cases_of(None if networks is None else networks.replace(",", " ").split(), ablation)
    except ValueError as error:
        _refuse(f"--networks: {error}")
    if csv_path is not None:
        _check_csv(csv_path, overwrite)
    wanted = range(first_seed, first_seed + seeds)
    raise SystemExit(reproduce_headless(cases, wanted, processes, csv_path, overwrite))


@main.command()
@click.argument("experiment", metavar="PRESET_OR_FILE")
@click.option("--samples", type=click.IntRange(1, 10_000), default=32, show_default=True, help="Training samples used.")
def check(experiment: str, samples: int) -> None:
    """Check the gradients of an experiment's network against central differences of its cost.

    In float64, on the first training samples, with the initial weights. Exit codes: 0 all layers agree, 1 some layer
    does not, 2 bad usage or input.
    """
    wanted = _changed(_load(experiment), None, None, None)
    from joml_tui.checking import check_experiment, describe_check  # noqa: PLC0415

    found = check_experiment(wanted, samples)
    click.echo(describe_check(found))
    raise SystemExit(DONE if found.passed else FAILED)


def _load(name: str) -> Experiment:
    from joml_tui.presets import find_experiment  # noqa: PLC0415

    try:
        return find_experiment(name)
    except (ValueError, OSError) as error:
        _refuse(str(error))


def _changed(experiment: Experiment, epochs: int | None, seed: int | None, network: str | None) -> Experiment:
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
            _refuse(f"--network: {error}")
    found = problems(experiment)
    if found:
        _refuse("\n".join(f"{problem.field}: {problem.message}" for problem in found))
    return experiment


def _check_csv(path: Path, overwrite: bool) -> None:
    from joml_tui.export import ExportError, check_writable  # noqa: PLC0415

    try:
        check_writable(path, overwrite=overwrite)
    except ExportError as error:
        _refuse(f"--csv: {error}" + ("" if overwrite or not path.is_file() else " with --overwrite"))


def _train(experiment: Experiment, csv_path: Path | None, overwrite: bool = False) -> int:
    from joml_tui.headless import train_headless  # noqa: PLC0415

    return train_headless(experiment, csv_path, overwrite)


def _refuse(message: str) -> NoReturn:
    click.echo(f"joml-tui: {message}", err=True)
    raise SystemExit(BAD_INPUT)
