"""The command itself: the lab where no command is given, and all commands by name."""

from __future__ import annotations

import sys

import click

from joml_tui import __version__
from joml_tui.cli.asked import asked, debug_option, narrated, store_option
from joml_tui.cli.asking import explain, predict
from joml_tui.cli.completion import completion
from joml_tui.cli.doctor import doctor
from joml_tui.cli.ending import Commands, narrate
from joml_tui.cli.experiments import check, compare, find_experiment, presets, reproduce
from joml_tui.cli.living import config, pass_store_on, serve
from joml_tui.cli.runs import runs
from joml_tui.cli.training import run, train
from joml_tui.sweep.command import queue


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

    Without a command it opens the lab; where no terminal is attached, it trains the article's 14-100-40-4 and prints
    the result.

    Results go to standard output, what is narrated to standard error. Exit codes of all commands: 0 done, 1 failed,
    2 bad usage or input, 130 interrupted.
    """
    if context.invoked_subcommand is not None:
        given = asked(context)
        context.default_map = {"queue": {"store": given.store, "quiet": given.quiet}}  # it has these as its own
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        from joml_tui.ui.collecting import collect_nothing  # noqa: PLC0415

        collect_nothing()
        from joml_tui.ui.app import run_lab  # noqa: PLC0415

        pass_store_on()
        raise SystemExit(run_lab())
    narrate("No terminal is attached: training the default experiment.")
    from joml_tui.presets import DEFAULT_PRESET  # noqa: PLC0415

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
