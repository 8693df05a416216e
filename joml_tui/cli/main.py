"""The ``joml-tui`` command: the lab by default, and all commands by name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from joml_tui import __version__
from joml_tui.cli.arguments import complete_experiments, is_file
from joml_tui.cli.completion import completion
from joml_tui.cli.config import config, pass_store_on, serve
from joml_tui.cli.data_command import data
from joml_tui.cli.doctor import doctor
from joml_tui.cli.exit_codes import Commands, fail, narrate, refuse, warn
from joml_tui.cli.experiment_changes import Changes, changing_options
from joml_tui.cli.experiments import (
    changed_experiment,
    check,
    compare,
    find_experiment,
    opened_experiment,
    presets,
    reproduce,
)
from joml_tui.cli.gradients_command import gradients
from joml_tui.cli.inspect_command import inspect
from joml_tui.cli.options import asked, debug_option, json_option, narrated, store_option
from joml_tui.cli.questions import explain, predict
from joml_tui.cli.queue_command import queue
from joml_tui.cli.reading_bar import showing_reading
from joml_tui.cli.run_command import run, train
from joml_tui.cli.runs import runs
from joml_tui.engine_origin import describe_wrong_engine

if TYPE_CHECKING:
    from joml_tui.experiment import Experiment

#: Commands that do not need the engine, and the one that diagnoses it.
_WITHOUT_ENGINE = ("doctor", "completion", "config", "presets")


class MainCommands(Commands):
    """The commands, and files in place of one: ``joml-tui data.csv`` opens the lab on it."""

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command with a name; a file is opened in the lab."""
        if args[0] not in self.commands and is_file(args[0]):
            return open_lab.name, open_lab, args
        return super().resolve_command(context, args)

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return completions: commands and options, or files if none matches."""
        return super().shell_complete(context, incomplete) or [CompletionItem(incomplete, type="file")]


@click.group(
    cls=MainCommands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="joml-tui")
@store_option
@narrated
@click.pass_context
def main(context: click.Context) -> None:
    """Compose a neural network, watch it learn, keep the result.

    Without a command it opens the lab. Without a terminal it trains the article's 14-100-40-4 and prints the result.
    A file in place of a command, such as data.csv or my.yaml, is opened in the lab, or trained.

    Results go to standard output, progress and warnings to standard error. In JSON, NaN and infinity become null.

    Exit codes of all commands: 0 done, 1 failed, 2 bad usage or input, 130 interrupted.
    """
    if context.invoked_subcommand not in _WITHOUT_ENGINE and (wrong := describe_wrong_engine()):
        fail(wrong)
    if context.invoked_subcommand is not None:
        given = asked(context)
        context.default_map = {"queue": {"store": given.store, "quiet": given.quiet}}  # which has its own
        return
    if _has_terminal():
        raise SystemExit(_run_lab())
    narrate("No terminal is attached: training the default experiment.")
    from joml_tui.experiment.presets import DEFAULT_PRESET  # noqa: PLC0415

    raise SystemExit(train(find_experiment(DEFAULT_PRESET)))


@click.command("lab", hidden=True)
@click.argument("experiment", metavar="FILE", shell_complete=complete_experiments)
@changing_options
@store_option
@json_option("the result without a terminal")
@narrated
def open_lab(experiment: str, changes: Changes) -> None:
    """Open the lab on an experiment or a data file, as `run` takes them; without a terminal, train it."""
    if _has_terminal() and not asked().json:
        raise SystemExit(_run_lab(_experiment_to_open(experiment, changes)))
    narrate("No terminal is attached: training it.")
    raise SystemExit(train(changed_experiment(find_experiment(experiment, changes), None, None, None, experiment)))


def _experiment_to_open(name: str, changes: Changes) -> Experiment:
    """Return the experiment of a file; the lab takes one of several targets where none is named."""
    if changes.any:
        return opened_experiment(name, changes).experiment
    from joml_tui.experiment.yaml_text import ExperimentError  # noqa: PLC0415
    from joml_tui.ui.compose.opened_file import open_file  # noqa: PLC0415

    try:
        with showing_reading(asked().quiet):
            return open_file(name).experiment
    except ExperimentError as error:
        refuse(str(error))


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _run_lab(experiment: Experiment | None = None) -> int:
    from joml_tui.address_space import refusal_of_lab  # noqa: PLC0415

    if refusal := refusal_of_lab():
        fail(refusal)
    from joml_tui.ui.gc_tuning import collect_nothing  # noqa: PLC0415

    collect_nothing()
    from joml_tui.ui.app import run_lab  # noqa: PLC0415

    pass_store_on()
    return run_lab(experiment, warn=warn)


debug_option(queue)
for command in (
    run,
    runs,
    queue,
    inspect,
    predict,
    explain,
    compare,
    reproduce,
    check,
    gradients,
    presets,
    data,
    config,
    serve,
    doctor,
    completion,
):
    main.add_command(command)
