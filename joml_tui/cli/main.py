"""The ``joml-tui`` command: the lab by default, and all commands by name."""

from __future__ import annotations

import sys

import click

from joml_tui import __version__
from joml_tui.cli.completion import completion
from joml_tui.cli.config import config, pass_store_on, serve
from joml_tui.cli.doctor import doctor
from joml_tui.cli.exit_codes import Commands, fail, narrate, warn
from joml_tui.cli.experiments import check, compare, find_experiment, presets, reproduce
from joml_tui.cli.options import asked, debug_option, narrated, store_option
from joml_tui.cli.questions import explain, predict
from joml_tui.cli.queue_command import queue
from joml_tui.cli.run_command import run, train
from joml_tui.cli.runs import runs
from joml_tui.engine_origin import describe_wrong_engine

#: Commands that do not need the engine, and the one that diagnoses it.
_WITHOUT_ENGINE = ("doctor", "completion", "config", "presets")


@click.group(
    cls=Commands,
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

    Results go to standard output, progress and warnings to standard error. In JSON, NaN and infinity become null.

    Exit codes of all commands: 0 done, 1 failed, 2 bad usage or input, 130 interrupted.
    """
    if context.invoked_subcommand not in _WITHOUT_ENGINE and (wrong := describe_wrong_engine()):
        fail(wrong)
    if context.invoked_subcommand is not None:
        given = asked(context)
        context.default_map = {"queue": {"store": given.store, "quiet": given.quiet}}  # which has its own
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        from joml_tui.ui.gc_tuning import collect_nothing  # noqa: PLC0415

        collect_nothing()
        from joml_tui.ui.app import run_lab  # noqa: PLC0415

        pass_store_on()
        raise SystemExit(run_lab(warn=warn))
    narrate("No terminal is attached: training the default experiment.")
    from joml_tui.experiment.presets import DEFAULT_PRESET  # noqa: PLC0415

    raise SystemExit(train(find_experiment(DEFAULT_PRESET)))


debug_option(queue)
for command in (
    run,
    runs,
    queue,
    predict,
    explain,
    compare,
    reproduce,
    check,
    presets,
    config,
    serve,
    doctor,
    completion,
):
    main.add_command(command)
